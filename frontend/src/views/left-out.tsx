import { Disclosure } from "../controls/disclosure";
import { formatCount, plural } from "../format";
import type { LeftOut } from "../replies";

const MOST_LISTED = 500;

/** Nothing is left out silently: how many histograms, which ones and why. */
export function LeftOutNotice({ items }: { items: readonly LeftOut[] }) {
  const verb = items.length === 1 ? "was" : "were";
  return (
    <Disclosure testid="left-out" summary={`${plural(items.length, "histogram")} ${verb} left out`}>
      <table>
        <thead>
          <tr>
            <th>tensor</th>
            <th>step</th>
            <th>reason</th>
          </tr>
        </thead>
        <tbody>
          {items.slice(0, MOST_LISTED).map(({ tag = "", step, reason }) => (
            <tr key={`${tag} ${step} ${reason}`}>
              <td class="name">{tag}</td>
              <td>{step === null ? "all" : formatCount(step)}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {items.length > MOST_LISTED && <p>{`and ${formatCount(items.length - MOST_LISTED)} more`}</p>}
    </Disclosure>
  );
}
