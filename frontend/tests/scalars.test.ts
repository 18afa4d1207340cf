import { beforeEach, expect, test } from "vitest";
import { ApiError } from "../src/api/client";
import { scalarAt } from "../src/detail/scalar-chart";
import { createStore, type Store } from "../src/store/store";
import { fakeHost, fakeServer, overviewReply, runsReply, seriesReply } from "./fixtures";
import { SCALARS } from "./recorded";

let server: ReturnType<typeof fakeServer>;
let store: Store;

beforeEach(async () => {
  server = fakeServer();
  store = createStore(server.api, fakeHost({ run: "a" }));
  await server.call("runs").answer(runsReply("a", "b"));
  await server.call("overview a").answer(overviewReply("a", [{ tag: "w1" }, { tag: "w2" }]));
});

const asked = () => server.calls.map(({ route }) => route).filter((it) => it.startsWith("scalars"));

test("the loss of a run is asked for once, after what is read first", async () => {
  expect(asked()).toEqual([]);
  await server.call("series a w1").answer(seriesReply("a", "w1"));
  expect(asked()).toEqual(["scalars a"]);
  await server.call("scalars a").answer(SCALARS);
  expect(store.scalars.value.data?.tag).toBe("loss");
  store.selectTag("w2");
  await server.call("series a w2").answer(seriesReply("a", "w2"));
  expect(asked()).toEqual(["scalars a"]);
});

test("another scalar is another question, and what fails takes nothing along", async () => {
  await server.call("series a w1").answer(seriesReply("a", "w1"));
  store.chooseScalar("lr");
  expect(asked()).toEqual(["scalars a", "scalars a lr"]);
  await server.call("scalars a lr").fail(new ApiError("unavailable", "It was not read."));
  expect(store.scalars.value.data).toBeNull();
  expect(store.failure.value).toBeNull();
  expect(store.seriesData.value).not.toBeNull();
});

test("a run that lacks the chosen scalar is asked for its loss instead", async () => {
  store.chooseScalar("epoch_loss");
  await server.call("series a w1").answer(seriesReply("a", "w1"));
  await server.call("scalars a epoch_loss").fail(new ApiError("refused", "There is none."));
  expect(asked()).toEqual(["scalars a epoch_loss", "scalars a"]);
  await server.call("scalars a").answer(SCALARS);
  expect(store.scalars.value.data?.tag).toBe("loss");
});

test("at a step without one the nearest is told, and where that is", () => {
  const scalars = { ...SCALARS, tag: "loss", steps: [0, 150], values: [2, 1.5] };
  expect(scalarAt(scalars, 0)).toMatchObject({ name: "loss", value: "2" });
  expect(scalarAt(scalars, 100)).toMatchObject({ name: "loss, at step 150", value: "1.5" });
  expect(scalarAt({ ...scalars, steps: [], values: [] }, 100).value).toBe("–");
});
