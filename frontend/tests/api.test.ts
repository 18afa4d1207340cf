import { expect, test, vi } from "vitest";
import { ApiError, connectApi, routeUrl } from "../src/api/client";

const ROOT = new URL("http://localhost/prefix/experiment/x/data/plugin/weight_delta/");
const signal = new AbortController().signal;

function serving(response: () => Response | Promise<Response>) {
  const urls: string[] = [];
  const api = connectApi(ROOT, async (url) => {
    urls.push(url);
    return response();
  });
  return { api, urls };
}

test("routes lie below the root, whatever prefix it has", async () => {
  const { api, urls } = serving(() => Response.json({ runs: [] }));
  await api.runs(signal);
  expect(urls).toEqual(["http://localhost/prefix/experiment/x/data/plugin/weight_delta/runs"]);
});

test("names with any character arrive as they are", () => {
  const run = "a/b & c=#%<script>é";
  const url = new URL(routeUrl(ROOT, "overview", { run }));
  expect(url.searchParams.get("run")).toBe(run);
});

test("of a large run the parts are shown as they come, each after a longer wait", async () => {
  const part = (measured: number) => ({ measured, of: 50, complete: measured === 50 });
  const replies = [part(0), part(8), part(4), part(30), part(50)];
  const { api, urls } = serving(() => Response.json(replies[urls.length - 1]));
  const shown: unknown[] = [];
  const whole = await api.overview("a b", signal, { moved: "0.1" }, (it) => shown.push(it));
  expect(whole).toEqual(part(50));
  expect(shown).toEqual([part(0), part(8), part(30)]); // never less than before
  const asked = urls.map((url) => new URL(url).searchParams);
  expect(asked.map((query) => query.get("wait"))).toEqual(["0.4", "0.8", "1.6", "3.2", "6.4"]);
  expect(asked.every((query) => query.get("run") === "a b" && query.get("moved") === "0.1")).toBe(
    true,
  );
});

test("of many overviews some wait, so that what is clicked finds a connection", async () => {
  const answers: (() => void)[] = [];
  const whole = () => Response.json({ measured: 1, of: 1, complete: true });
  const { api, urls } = serving(
    () => new Promise<Response>((answer) => answers.push(() => answer(whole()))),
  );
  const runs = ["a", "b", "c", "d", "e", "f"];
  const replies = runs.map((run) => api.overview(run, signal));
  void api.series("a", "w", signal).catch(() => undefined);
  await vi.waitFor(() => expect(urls).toHaveLength(5));
  expect(urls.filter((url) => url.includes("overview"))).toHaveLength(4);
  answers[0]?.();
  await vi.waitFor(() => expect(urls.at(-1)).toContain("run=e"));
  answers[1]?.();
  await vi.waitFor(() => expect(urls.at(-1)).toContain("run=f"));
  for (const answer of answers) answer();
  await Promise.all(replies);
});

test("a refused call fails with the server's own sentence", async () => {
  const sentence = "The run 'x' has no histograms in this logdir.";
  const { api } = serving(() => Response.json({ error: sentence }, { status: 404 }));
  await expect(api.overview("x", signal)).rejects.toEqual(new ApiError("refused", sentence));
});

test("a failure without a sentence still says something", async () => {
  const { api } = serving(() => new Response("<html>", { status: 500 }));
  await expect(api.runs(signal)).rejects.toMatchObject({
    kind: "unavailable",
    message: "The server answered with status 500.",
  });
});

test.each([502, 503, 504])(
  "a proxy's own answer %i says that TensorBoard is away",
  async (status) => {
    const { api } = serving(() => new Response("<html>", { status }));
    await expect(api.runs(signal)).rejects.toMatchObject({
      kind: "unreachable",
      message: `A proxy could not reach TensorBoard (status ${status}).`,
    });
  },
);

test("the server's own 503 keeps its sentence", async () => {
  const sentence = "TensorBoard's data provider cannot list the histograms.";
  const { api } = serving(() => Response.json({ error: sentence }, { status: 503 }));
  await expect(api.runs(signal)).rejects.toEqual(new ApiError("unavailable", sentence));
});

test("who has to sign in again is told how", async () => {
  const { api } = serving(() => new Response("<html>", { status: 401 }));
  await expect(api.runs(signal)).rejects.toMatchObject({
    kind: "refused",
    message: "The server answered with status 401. Load the page again to sign in.",
  });
});

test("a server that is gone is told apart from one that refuses", async () => {
  const { api } = serving(() => Promise.reject(new TypeError("Failed to fetch")));
  await expect(api.runs(signal)).rejects.toMatchObject({ kind: "unreachable" });
});

test("a reply that is no JSON is told", async () => {
  const { api } = serving(() => new Response("oops"));
  await expect(api.runs(signal)).rejects.toMatchObject({ kind: "unreadable" });
});
