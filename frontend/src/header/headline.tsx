import type { OverviewReply } from "../api/replies";
import type { Store } from "../store/store";
import { Prose, StateMark } from "../ui/marks";
import { Opener } from "../ui/menu";
import { baselineText } from "../words/baseline";
import { shownName } from "../words/names";
import { formatCount } from "../words/numbers";
import { LeftOutNotice } from "./left-out";
import { Live } from "./live";
import { OverviewProgress } from "./progress";

/** The answer in one line; what it rests on is behind "why?". */
export function Headline({ store }: { store: Store }) {
  const overview = store.overview.value.data;
  return (
    <section
      class="headline"
      data-testid="headline"
      aria-label="Answer"
      aria-busy={overview === null}
    >
      {overview ? <Answer store={store} overview={overview} /> : <HeadlineSkeleton />}
      <Live store={store} />
      <OverviewProgress store={store} />
    </section>
  );
}

interface AnswerProps {
  store: Store;
  overview: OverviewReply;
}

function Answer({ store, overview }: AnswerProps) {
  const { state, sentence, subject } = overview.headline;
  return (
    <div class="answer">
      <span class="answer-mark" data-testid="state">
        <StateMark state={state} />
      </span>
      <h1>
        <Prose text={sentence} />
      </h1>
      <span class="answer-more">
        {subject && (
          <button
            type="button"
            class="button"
            data-testid="show-me"
            title={`${shownName(subject.tag)}${subject.step === null ? "" : `, step ${formatCount(subject.step)}`}`}
            onClick={() => store.showSubject(subject)}
          >
            show me
          </button>
        )}
        <Opener within="why" class="button" data-testid="why" label="why?">
          {() => <Why store={store} overview={overview} />}
        </Opener>
        <LeftOutNotice store={store} overview={overview} />
      </span>
    </div>
  );
}

/** What the sentence rests on, for those who ask. */
function Why({ store, overview }: AnswerProps) {
  const { baseline, columns, headline } = overview;
  const sampled = columns.flags.some((flags) => flags.includes("baseline_sampled"));
  const withoutFiles = store.runs.value.data?.without_files;
  return (
    <div class="popover explanation" data-testid="explanation">
      <p>
        <Prose text={headline.detail} />
      </p>
      <p class="baseline-text" data-testid="baseline">
        {baselineText(baseline, columns.baseline_step, sampled)}
      </p>
      {withoutFiles && <p data-testid="without-files">{withoutFiles}</p>}
    </div>
  );
}

function HeadlineSkeleton() {
  return (
    <>
      <h1 class="unseen">Weight Delta</h1>
      <div class="skeletons" aria-hidden="true">
        <i class="skeleton large" style={{ width: "62%" }} />
      </div>
    </>
  );
}
