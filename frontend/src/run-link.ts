/** Which runs a link opens, and how they are compared. */
export interface RunLink {
  /** The run whose tensors are listed. */
  run: string | null;
  /** Further runs beside it. */
  others: readonly string[];
  /** The run that ratios refer to; null is the run whose tensors are listed. */
  reference: string | null;
  /** Whether runs of unequal length are compared at the last step that all of them have. */
  aligned: boolean;
  /** The run whose column orders the comparison; null is the order of the table. */
  order: RunOrder | null;
}

export interface RunOrder {
  run: string;
  descending: boolean;
}

/** As many as can be told apart by colour and dash. */
export const MOST_RUNS = 8;

const EACH_LAST = "last";

/** Names may hold commas: each is encoded by itself. Defaults are left out. */
export function runsToValues({
  run,
  others,
  reference,
  aligned,
  order,
}: RunLink): Record<string, string> {
  const values: Record<string, string> = {};
  if (run !== null) values.run = run;
  if (others.length > 0) values.with = others.map(encoded).join(",");
  if (reference !== null) values.reference = reference;
  if (!aligned) values.at = EACH_LAST;
  if (order !== null) values.by = (order.descending ? "-" : "+") + order.run;
  return values;
}

export function valuesToRuns(values: Record<string, string>): RunLink {
  const run = values.run ?? null;
  const others = (values.with ?? "").split(",").filter(Boolean).map(decoded);
  const distinct = [...new Set(others)].filter((other) => other !== run);
  return {
    run,
    others: run === null ? [] : distinct.slice(0, MOST_RUNS - 1),
    reference: values.reference ?? null,
    aligned: values.at !== EACH_LAST,
    order: parseOrder(values.by),
  };
}

function parseOrder(text: string | undefined): RunOrder | null {
  const [sign, run] = [text?.[0], text?.slice(1)];
  return run && (sign === "-" || sign === "+") ? { run, descending: sign === "-" } : null;
}

/** Half a surrogate pair cannot be encoded at all. */
function encoded(name: string): string {
  return encodeURIComponent(name.replace(/\p{Surrogate}/gu, "\ufffd"));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
