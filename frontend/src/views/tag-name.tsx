import { type SharedEnds, splitTag } from "../names";

/** A name that is too long loses what all names share first, then its middle, its end last. */
export function TagName({ tag, shared }: { tag: string; shared: SharedEnds }) {
  const [prefix, head, tail, suffix] = splitTag(tag, shared);
  return (
    <span class="tag-name">
      {prefix && <span class="tag-shared">{prefix}</span>}
      <span class="tag-head">{head}</span>
      {tail && <span class="tag-tail">{tail}</span>}
      {suffix && <span class="tag-shared">{suffix}</span>}
    </span>
  );
}
