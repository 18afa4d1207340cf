import { describe, expect, test } from "vitest";
import { mapOf, placeOf } from "../src/model/layers";
import { NOTHING_SHARED, sharedEnds } from "../src/model/names";

const tensors = (...tags: string[]) => tags.map((tag) => ({ tag }));
const NONE: ReadonlySet<string> = new Set();
const sectionsOf = (...tags: string[]) => mapOf(tensors(...tags), sharedEnds(tags), NONE);

describe("the place of a tensor", () => {
  test.each([
    ["h.0.attn.c_attn.weight", "h.0", "h.#", "attn.c_attn.weight"],
    [
      "encoder/layer_11/attention/kernel",
      "encoder/layer_11",
      "encoder/layer_#",
      "attention/kernel",
    ],
    ["layer1.weight", "layer1", "layer#", "weight"],
    [
      "model.layers.3.experts.7.w1.weight",
      "model.layers.3",
      "model.layers.#",
      "experts.7.w1.weight",
    ],
    ["wte.weight", "wte", "", "weight"],
    ["weights_conv1", "conv1", "conv#", "weights"],
    ["local2_biases", "local2", "local#", "biases"],
    ["softmax_weights", "softmax", "", "weights"],
    ["con1_output_distribution", "", "", "con1_output_distribution"],
    ["_fsdp_wrapped_module.h.2._fsdp_wrapped_module.mlp.bias", "h.2", "h.#", "mlp.bias"],
    ["w", "", "", "w"],
    ["", "", "", ""],
  ])("%s", (tag, layer, alike, inside) => {
    expect(placeOf(tag, NOTHING_SHARED)).toEqual({ layer, alike, inside });
  });
});

describe("the map of a model", () => {
  const GPT = ["t.wte.weight", "t.ln_f.bias", "t.ln_f.weight"].concat(
    [0, 1, 2, 10].flatMap((layer) =>
      ["attn.c_attn.bias", "attn.c_attn.weight", "ln_1.weight"].map((it) => `t.h.${layer}.${it}`),
    ),
  );

  test("has layers down, by their numbers, and modules across", () => {
    const [rest, blocks] = sectionsOf(...GPT);
    expect(blocks?.rows.map(({ name }) => name)).toEqual(["h.0", "h.1", "h.2", "h.10"]);
    expect(blocks?.modules).toEqual([
      { name: "attn.c_attn", kinds: ["bias", "weight"] },
      { name: "ln_1", kinds: ["weight"] },
    ]);
    expect(blocks?.rows[3]?.cells[1]).toEqual({
      ...{ column: 1, tensor: { tag: "t.h.10.attn.c_attn.weight" }, behind: [] },
    });
    expect(rest?.rows.map(({ name }) => name)).toEqual(["ln_f", "wte"]);
    expect(rest?.rows[1]?.cells).toMatchObject([{ column: 1, tensor: { tag: "t.wte.weight" } }]);
  });

  test("holds every tensor once, whatever it is called", () => {
    const tags = [
      ...GPT,
      "a",
      "",
      "x/1",
      "x/2",
      "1",
      "2",
      "conv1_w",
      "b.3",
      "weights_conv1",
      "é/0/ü",
    ];
    const cells = sectionsOf(...tags).flatMap(({ rows }) => rows.flatMap(({ cells }) => cells));
    const found = cells.map(({ tensor }) => tensor.tag);
    expect(found.sort()).toEqual([...tags].sort());
  });

  test("of a small network in TensorFlow's way of naming is a grid, too", () => {
    const [rest, convs, locals] = sectionsOf(
      ...["weights_conv1", "biases_conv1", "weights_conv2", "biases_conv2"],
      ...["local1_weights", "local2_weights", "softmax_weights"],
    );
    expect(convs?.rows.map(({ name }) => name)).toEqual(["conv1", "conv2"]);
    expect(convs?.modules.flatMap(({ kinds }) => kinds)).toEqual(["biases", "weights"]);
    expect(locals?.rows).toHaveLength(2);
    expect(rest?.rows.map(({ name }) => name)).toEqual(["softmax"]);
  });

  test("names modules by what tells them apart: a last word that all share is none", () => {
    const [section] = sectionsOf(
      ...[0, 1].flatMap((layer) =>
        ["attn.q", "attn.k", "experts.0.w1", "experts.0.w2"].map((it) => `l.${layer}.${it}.weight`),
      ),
    );
    expect(section?.modules).toEqual([
      { name: "attn", kinds: ["k.weight", "q.weight"] },
      { name: "experts.0", kinds: ["w1.weight", "w2.weight"] },
    ]);
    const [flat] = sectionsOf("enc.w", "enc.b", "dec.w");
    expect(flat?.modules.map(({ name }) => name)).toEqual(["b", "w"]);
  });

  test("never puts two tensors in one place", () => {
    const tags = ["h.0.a.w", "h.0.a/w", "h/0.a.w", "h.1._orig_mod.a.w", "h.1.a.w"].concat([
      "weights_conv1",
      "conv1_weights",
      "a..b",
      "a.b",
    ]);
    for (const { rows } of sectionsOf(...tags))
      for (const { cells } of rows) {
        expect(cells.flatMap(({ behind }) => behind)).toEqual([]);
        expect(new Set(cells.map(({ column }) => column)).size).toBe(cells.length);
      }
  });

  test("is a tree where no number tells layers, and a folded scope is one row", () => {
    const tags = ["enc.self.q", "enc.self.k", "enc.out.w", "dec.w", "top"];
    const all = mapOf(tensors(...tags), NOTHING_SHARED, NONE).flatMap(({ rows }) => rows);
    expect(all.map(({ name, depth }) => [name, depth])).toEqual([
      ...[["", 0] as const, ["dec", 0] as const, ["enc", 0] as const],
      ...[["out", 1] as const, ["self", 1] as const],
    ]);
    const folded = mapOf(tensors(...tags), NOTHING_SHARED, new Set(["enc"]));
    const rows = folded.flatMap((section) => section.rows);
    expect(rows.map(({ name, open }) => [name, open])).toEqual([
      ...[["", true] as const, ["dec", true] as const, ["enc", false] as const],
    ]);
    expect(rows[2]?.rows).toHaveLength(3);
  });

  test("a number that tells none apart makes no section", () => {
    expect(sectionsOf("conv1.weight", "conv1.bias", "out.weight")).toHaveLength(1);
  });

  test("of a hundred thousand tensors is there in a moment", () => {
    const tags = Array.from({ length: 100_000 }, (_, n) => `layers.${n % 5000}.experts.${n}.w`);
    const [section] = mapOf(tensors(...tags), NOTHING_SHARED, NONE);
    expect(section?.rows).toHaveLength(5000);
  });
});
