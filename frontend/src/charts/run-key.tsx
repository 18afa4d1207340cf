/** A run's line as legends show it: its colour and its dash. */
export function RunKey({ slot }: { slot: number }) {
  return (
    <svg class={`swatch run-key run-slot-${slot}`} width="18" height="8" aria-hidden="true">
      <path class="run-line" d="M0,4h18" />
    </svg>
  );
}
