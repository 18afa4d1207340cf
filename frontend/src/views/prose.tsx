/** A sentence from the server, as text; a number and its %, and a --flag, are never torn apart. */
export function Prose({ text }: { text: string }) {
  return (
    <>
      {text
        .split(/(\S+ %|--\S+)/)
        .map((part, i) => (i % 2 ? <span class="unbroken">{part}</span> : part))}
    </>
  );
}
