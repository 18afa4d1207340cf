import "./strip.css";
import type { HeadlineReply, OverviewReply } from "../api/replies";
import { eventsOf, hitsOf, type RunEvent } from "../model/onset";
import type { Store } from "../store/store";
import { VerdictIcon } from "../ui/marks";
import { Opener } from "../ui/menu";
import { eventWord } from "../words/labels";
import { shownName } from "../words/names";
import { formatCount, isNumber, plural } from "../words/numbers";

/** When it went wrong: the steps at which a run broke, or tensors of it stopped. */
export function Strip({ store }: { store: Store }) {
  const overview = store.overview.value.data;
  const events = overview ? eventsOf(overview.headline) : [];
  if (!overview || events.length === 0) return null;
  return (
    <fieldset class="strip" data-testid="strip">
      <legend class="unseen">When it went wrong</legend>
      <Line events={events} overview={overview} />
      {events.map((event) => (
        <EventButton key={event.what} store={store} event={event} />
      ))}
      <Opener within="strip-order" class="text-button" data-testid="strip-order" label="in order">
        {(close) => <Order store={store} headline={overview.headline} {...{ events, close }} />}
      </Opener>
    </fieldset>
  );
}

/** Where on the way from the first step to the last each lies: under what is said of them. */
function Line({ events, overview }: { events: readonly RunEvent[]; overview: OverviewReply }) {
  const { first_step, last_step, non_finite_step } = overview.columns;
  const steps = [...first_step, ...last_step, ...non_finite_step].filter(isNumber);
  const low = steps.reduce((least, step) => Math.min(least, step), Infinity);
  const high = steps.reduce((most, step) => Math.max(most, step), -Infinity);
  const place = (step: number) => `${(100 * (step - low)) / (high - low || 1)}%`;
  return (
    <svg class="strip-line" data-testid="strip-line" aria-hidden="true">
      <line x2="100%" y1="5" y2="5" />
      {events.map(({ what, step }) => (
        <circle key={what} class={`event-${what}`} cx={place(step)} cy="5" r="4" />
      ))}
    </svg>
  );
}

/** A click sets that step everywhere, and shows the first tensor that it happened to. */
function EventButton({ store, event }: { store: Store; event: RunEvent }) {
  const { what, step, tags } = event;
  const count = tags.length > 0 ? `(${formatCount(tags.length)})` : "";
  const of = tags.length > 0 ? `: ${plural(tags.length, "tensor")} in the end` : "";
  return (
    <button
      type="button"
      class={`strip-event event-${what}`}
      data-testid={`event-${what}`}
      title={`${eventWord(what)} at step ${formatCount(step)}${of}. Shows that step.`}
      aria-pressed={store.step.value === step}
      onClick={() => store.showEvent(event)}
    >
      <EventIcon what={what} />
      {`${eventWord(what)} ${formatCount(step)}`}
      {count && <span class="strip-count">{count}</span>}
    </button>
  );
}

function EventIcon({ what }: { what: RunEvent["what"] }) {
  if (what !== "last_good" && what !== "stopped") return <VerdictIcon verdict={what} />;
  return (
    <svg class="verdict-icon" width="12" height="12" aria-hidden="true">
      <path d={what === "stopped" ? "M4 3v6M8 3v6" : "M2.5 6.5l2.5 2.5 4.5-6"} />
    </svg>
  );
}

interface OrderProps {
  store: Store;
  headline: HeadlineReply;
  events: readonly RunEvent[];
  close: () => void;
}

const MOST_LISTED = 500;

/** The tensors in the order in which they were hit. */
function Order({ store, headline, events, close }: OrderProps) {
  const hits = hitsOf(headline, events);
  return (
    <div class="popover strip-list" data-testid="strip-list">
      <ol>
        {hits.slice(0, MOST_LISTED).map(({ tag, what, step }) => (
          <li key={`${tag} ${what}`}>
            <span class="strip-step">{`${formatCount(step)} ${eventWord(what)}`}</span>
            <button
              type="button"
              class="text-button"
              onClick={() => {
                close();
                store.showSubject({ tag, step });
              }}
            >
              {shownName(tag)}
            </button>
          </li>
        ))}
      </ol>
      {hits.length > MOST_LISTED && <p>{`and ${formatCount(hits.length - MOST_LISTED)} more`}</p>}
    </div>
  );
}
