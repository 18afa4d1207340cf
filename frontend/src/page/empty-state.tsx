// By itself because it comes only where a logdir holds nothing.
import type { Store } from "../store/store";
import { Prose } from "../ui/marks";

interface Snippet {
  name: string;
  code: string;
}

const SNIPPETS: readonly Snippet[] = [
  {
    name: "Keras",
    code: `callback = keras.callbacks.TensorBoard(
    log_dir="logs/run", histogram_freq=1)
model.fit(x, y, callbacks=[callback])`,
  },
  {
    name: "PyTorch",
    code: `from torch.utils.tensorboard import SummaryWriter

writer = SummaryWriter("logs/run")
for name, parameter in model.named_parameters():
    writer.add_histogram(name, parameter, step)`,
  },
  {
    name: "TensorFlow",
    code: `writer = tf.summary.create_file_writer("logs/run")
with writer.as_default():
    for variable in model.trainable_variables:
        tf.summary.histogram(
            variable.name, variable, step=step)`,
  },
];

/** No histogram is listed, or none yet: what to write, in the reader's framework. */
export function EmptyState({ store }: { store: Store }) {
  return (
    <section class="state empty" data-testid="empty-state">
      <h2>No histogram summaries in this logdir</h2>
      {store.runs.value.data?.nothing && (
        <p data-testid="nothing">
          <Prose text={store.runs.value.data.nothing} />
        </p>
      )}
      <p>
        Weight Delta reads the histograms that TensorBoard's Distributions tab draws. Here is how to
        write them; log once before the first training step, and everything is measured from there.
        While TensorBoard still reads them, this page looks again by itself.
      </p>
      <div class="snippets">
        {SNIPPETS.map(({ name, code }) => (
          <div key={name}>
            <h3>{name}</h3>
            <pre>
              <code>{code}</code>
            </pre>
          </div>
        ))}
      </div>
      <button type="button" class="button" onClick={store.reload}>
        Look again
      </button>
    </section>
  );
}
