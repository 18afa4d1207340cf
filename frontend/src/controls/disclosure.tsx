import type { ComponentChildren } from "preact";

interface Props {
  testid: string;
  summary: string;
  children: ComponentChildren;
}

/** A few words that open to all there is to say; Escape closes it. */
export function Disclosure({ testid, summary, children }: Props) {
  return (
    <details
      class="disclosure"
      data-testid={testid}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.currentTarget.open = false;
        event.currentTarget.querySelector("summary")?.focus();
      }}
    >
      <summary>{summary}</summary>
      <div class="popover disclosed">{children}</div>
    </details>
  );
}
