import type {
  HistogramReply,
  OverviewReply,
  RunsReply,
  ScalarsReply,
  SeriesReply,
} from "./replies";

/** Why a reply did not come: the server refused the call, could not serve it, or was not reached. */
export type FailureKind = "refused" | "unavailable" | "unreachable" | "unreadable";

export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly kind: FailureKind,
    message: string,
  ) {
    super(message);
  }

  /** Whether the same call may succeed later. */
  get mayPass(): boolean {
    return this.kind === "unreachable" || this.kind === "unavailable";
  }
}

/** Baseline and thresholds as query parameters; what is left out is the server's own. */
export type Against = Readonly<Record<string, string>>;

export interface Api {
  /** `sharedWith` is a run whose tensors are counted in each. */
  runs(signal: AbortSignal, sharedWith?: string): Promise<RunsReply>;
  /** `show` takes the parts of a large run that come before all of it is measured. */
  overview(
    run: string,
    signal: AbortSignal,
    against?: Against,
    show?: (part: OverviewReply) => void,
  ): Promise<OverviewReply>;
  /** `show` takes a reply without what only a look through all files of the run can tell. */
  series(
    run: string,
    tag: string,
    signal: AbortSignal,
    against?: Against,
    show?: (part: SeriesReply) => void,
  ): Promise<SeriesReply>;
  /** Without a tag the server chooses: the loss. */
  scalars(run: string, tag: string | null, signal: AbortSignal): Promise<ScalarsReply>;
  histogram(
    run: string,
    tag: string,
    step: number,
    signal: AbortSignal,
    against?: Against,
  ): Promise<HistogramReply>;
}

/** Seconds until the first part of a large run; each holds all so far, so later ones come slower. */
const FIRST_WAIT = 0.4;
const LONGEST_WAIT = 6.4;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A browser has six connections to a server: overviews, which wait, leave some for what is clicked. */
const OVERVIEWS_AT_ONCE = 4;

/** The plugin's data routes below `root`; the only place of the page that fetches. */
export function connectApi(root: URL, fetcher: Fetch = (url, init) => fetch(url, init)): Api {
  const inTurn = turns(OVERVIEWS_AT_ONCE);
  const get = <T>(route: string, query: Record<string, string>, signal: AbortSignal) =>
    request<T>(fetcher, routeUrl(root, route, query), signal);
  return {
    runs: (signal, sharedWith) =>
      get("runs", sharedWith === undefined ? {} : { shared_with: sharedWith }, signal),
    overview: async (run, signal, against, show) => {
      let shown = -1; // of two workers one may have come less far
      for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
        const query = { run, ...against, wait: String(wait) };
        const reply = await inTurn(() => get<OverviewReply>("overview", query, signal));
        if (reply.complete) return reply;
        if (reply.measured > shown) show?.(reply);
        shown = Math.max(shown, reply.measured);
      }
    },
    series: async (run, tag, signal, against, show) => {
      for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
        const query = { run, tag, ...against, wait: String(wait) };
        const reply = await get<SeriesReply>("series", query, signal);
        if (reply.complete) return reply;
        show?.(reply);
      }
    },
    scalars: (run, tag, signal) => get("scalars", tag === null ? { run } : { run, tag }, signal),
    histogram: (run, tag, step, signal, against) =>
      get("histogram", { run, tag, step: String(step), ...against }, signal),
  };
}

/** Lets so many calls go on at once, the others in the order in which they came. */
function turns(most: number): <T>(call: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (call) => {
    if (running < most) running += 1;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      return await call();
    } finally {
      const next = waiting.shift(); // it takes this call's place
      if (next) next();
      else running -= 1;
    }
  };
}

export function routeUrl(root: URL, route: string, query: Record<string, string>): string {
  const url = new URL(route, root);
  url.search = new URLSearchParams(query).toString();
  return url.href;
}

async function request<T>(fetcher: Fetch, url: string, signal: AbortSignal): Promise<T> {
  const response = await reach(fetcher, url, signal);
  if (!response.ok) throw await refusal(response);
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError("unreadable", "The server's reply could not be read as JSON.");
  }
}

async function reach(fetcher: Fetch, url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetcher(url, { signal, headers: { Accept: "application/json" } });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError("unreachable", "TensorBoard does not answer. Is it still running?");
  }
}

/** The server's own sentence where it gave one; without one the answer is a proxy's. */
async function refusal(response: Response): Promise<ApiError> {
  const { status } = response;
  const kind = status >= 500 ? "unavailable" : "refused";
  const sentence = await response
    .json()
    .then((body: unknown) => sentenceIn(body))
    .catch(() => null);
  if (sentence !== null) return new ApiError(kind, sentence);
  if (status >= 502 && status <= 504) {
    return new ApiError("unreachable", `A proxy could not reach TensorBoard (status ${status}).`);
  }
  return new ApiError(
    kind,
    `The server answered with status ${status}.${status === 401 ? " Load the page again to sign in." : ""}`,
  );
}

function sentenceIn(body: unknown): string | null {
  if (typeof body !== "object" || body === null || !("error" in body)) return null;
  return typeof body.error === "string" ? body.error : null;
}
