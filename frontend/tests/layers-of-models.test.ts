import { describe, expect, test } from "vitest";
import { mapOf, placeOf } from "../src/model/layers";
import { NOTHING_SHARED, sharedEnds } from "../src/model/names";

const tensors = (...tags: string[]) => tags.map((tag) => ({ tag }));
const sectionsOf = (...tags: string[]) => mapOf(tensors(...tags), sharedEnds(tags));

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
      ...{ column: 1, tensor: { tag: "t.h.10.attn.c_attn.weight" } },
    });
    expect(rest?.rows.map(({ name }) => name)).toEqual(["ln_f", "wte"]);
    expect(rest?.rows[1]?.cells).toEqual([{ column: 1, tensor: { tag: "t.wte.weight" } }]);
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

  test("a number that tells none apart makes no section", () => {
    expect(sectionsOf("conv1.weight", "conv1.bias", "out.weight")).toHaveLength(1);
  });

  test("of a hundred thousand tensors is there in a moment", () => {
    const tags = Array.from({ length: 100_000 }, (_, n) => `layers.${n % 5000}.experts.${n}.w`);
    const [section] = mapOf(tensors(...tags), NOTHING_SHARED);
    expect(section?.rows).toHaveLength(5000);
  });
});
