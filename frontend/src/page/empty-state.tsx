// By itself because it comes only where a logdir holds nothing.
import { copyText } from "../host/files";
import type { Store } from "../store/store";
import { Prose } from "../ui/marks";

interface Snippet {
  name: string;
  code: string;
}

/** Whole loops: before the first training step once, and then every so many. */
export const SNIPPETS: readonly Snippet[] = [
  {
    name: "PyTorch",
    code: `from torch.utils.tensorboard import SummaryWriter

writer = SummaryWriter("logs/run")

def log_histograms(step):
    for name, parameter in model.named_parameters():
        writer.add_histogram(name, parameter, step)

log_histograms(0)  # before the first training step
for step, (inputs, targets) in enumerate(loader, start=1):
    optimizer.zero_grad()
    loss_function(model(inputs), targets).backward()
    optimizer.step()
    if step % 100 == 0:
        log_histograms(step)
writer.close()`,
  },
  {
    name: "Keras",
    code: `import keras

# Logs after each epoch: movement is measured from the first on.
# The recorder, below, has the initial weights, too.
callback = keras.callbacks.TensorBoard(
    log_dir="logs/run", histogram_freq=1)
model.fit(inputs, targets, epochs=10, callbacks=[callback])`,
  },
  {
    name: "TensorFlow",
    code: `import tensorflow as tf

writer = tf.summary.create_file_writer("logs/run")

def log_histograms(step):
    with writer.as_default(step):
        for variable in model.trainable_variables:
            tf.summary.histogram(variable.path, variable)

log_histograms(0)  # before the first training step
for step, (inputs, targets) in enumerate(dataset, start=1):
    train_step(inputs, targets)
    if step % 100 == 0:
        log_histograms(step)
writer.close()`,
  },
];

const RECORDERS = [
  'record(model, optimizer, "logs/run", every=100)',
  'WeightDeltaCallback("logs/run", every=100)',
] as const;

/** No histogram is listed, or none yet: what to write, in the reader's framework. */
export function EmptyState({ store }: { store: Store }) {
  const nothing = store.runs.value.data?.nothing;
  return (
    <section class="state empty" data-testid="empty-state">
      <h2>No histogram summaries in this logdir</h2>
      {nothing && (
        <p data-testid="nothing">
          <Prose text={nothing} />
        </p>
      )}
      <p>
        Weight Delta reads the histograms that TensorBoard's Distributions tab draws. Here is how to
        write them; log once before the first training step, and everything is measured from there.
        While TensorBoard still reads them, this page looks again by itself.
      </p>
      <div class="snippets">
        {SNIPPETS.map((snippet) => (
          <CodeSnippet key={snippet.name} store={store} snippet={snippet} />
        ))}
      </div>
      <p>
        Histograms show a floor. For exact numbers from the initial weights on, record while
        training: <code>{RECORDERS[0]}</code> of <code>tb_plugin_weightdelta.recording.torch</code>,
        or the callback <code>{RECORDERS[1]}</code> of <code>….recording.keras</code>.
      </p>
      <button type="button" class="button" onClick={store.reload}>
        Look again
      </button>
    </section>
  );
}

function CodeSnippet({ store, snippet: { name, code } }: { store: Store; snippet: Snippet }) {
  const copy = async () => {
    const copied = await copyText(code);
    store.tell(copied ? `Copied: ${name}.` : "The browser does not let pages copy.");
  };
  return (
    <div>
      <header>
        <h3>{name}</h3>
        <button
          type="button"
          class="button"
          data-testid={`copy-${name.toLowerCase()}`}
          aria-label={`Copy the code for ${name}`}
          onClick={() => void copy()}
        >
          Copy
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than its box is scrolled by key */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </div>
  );
}
