import type { OverviewReply, State } from "../api/replies";
import type { Store } from "../store/store";
import { Prose } from "../ui/marks";
import { Opener } from "../ui/menu";
import { baselineText } from "../words/baseline";
import { stateWord } from "../words/labels";
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
      <StateMark state={state} />
      <h1>
        <Prose text={sentence} />
      </h1>
      <span class="answer-more">
        {subject && (
          <button
            type="button"
            class="button"
            data-testid="show-me"
            title={`${subject.tag}${subject.step === null ? "" : `, step ${subject.step}`}`}
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

/** Drawn in a 16 by 16 box: a shape for each state, so that colour is never needed to tell. */
const STATE_ICONS: Record<State, string> = {
  broke: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  still: "M4 6.5h8M4 9.5h8",
  partly_still: "M4 10.5h4M4 7.5h3q3 0 5-3",
  barely: "M4 9.5q4 0 8-1.5",
  moving: "M4 11q5 0 7.5-6M8.5 5.5l3-1 1 3",
  unknown: "M6 6.2q0-2 2-2t2 1.9q0 1.5-2 2.4v.8M8 11.6v.1",
  measuring: "M8 4.5v3.8l2.5 1.5",
};

/** The state by icon and word; the colour only underlines it. */
export function StateMark({ state }: { state: State }) {
  return (
    <span class={`answer-state state-${state}`} data-testid="state">
      <svg width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="7.25" />
        <path d={STATE_ICONS[state] ?? STATE_ICONS.unknown} />
      </svg>
      {stateWord(state)}
    </span>
  );
}

function HeadlineSkeleton() {
  return (
    <div class="skeletons" aria-hidden="true">
      <i class="skeleton large" style={{ width: "62%" }} />
    </div>
  );
}
