import { describe, expect, test } from "vitest";
import { Names, sharedEnds } from "../src/model/names";

const widthOf = (text: string) => 7 * text.length;
const namesOf = (tags: readonly string[], ends = sharedEnds(tags)) =>
  new Names(tags, ends, widthOf);
const textsOf = (tags: readonly string[], room: number) => {
  const names = namesOf(tags);
  return tags.map((tag) => names.text(tag, room));
};

const MODULES = ["ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"];
const GPT2 = [
  "transformer.wte.weight",
  ...Array.from({ length: 12 }, (_, layer) =>
    MODULES.flatMap((module) =>
      ["weight", "bias"].map((kind) => `transformer.h.${layer}.${module}.${kind}`),
    ),
  ).flat(),
];
const LORA = GPT2.flatMap((name) => {
  const [, module, kind] = /^(.*attn\.\w+)\.(\w+)$/.exec(name) ?? [];
  if (!module) return [`base_model.model.${name}`];
  const halves = ["A", "B"].map((half) => `base_model.model.${module}.lora_${half}.default.weight`);
  return [`base_model.model.${module}.base_layer.${kind}`, ...(kind === "weight" ? halves : [])];
});
const MODELS = {
  GPT2,
  LORA,
  FSDP: GPT2.map(
    (name) => `_fsdp_wrapped_module.${name.replace(".attn.", "._fsdp_wrapped_module.attn.")}`,
  ),
  compiled: GPT2.map((name) => `_orig_mod.${name}`),
  Flax: GPT2.map((name) => `params/${name.replaceAll(".", "/").replace("weight", "kernel")}`),
};

describe("what all names share", () => {
  test("is left out in whole parts, and never all of a name", () => {
    expect(sharedEnds(["model/conv1/kernel", "model/conv2/bias"])).toEqual({
      prefix: "model/",
      suffix: "",
    });
    expect(sharedEnds(["a/b", "a/b"]).prefix).toBe("a/");
    expect(sharedEnds(["a/b"])).toEqual({ prefix: "", suffix: "" });
    expect(sharedEnds([])).toEqual({ prefix: "", suffix: "" });
  });

  test("keeps the word before a number, and Keras' end is apart", () => {
    expect(sharedEnds(["net.h.0.w", "net.h.1.w"]).prefix).toBe("net.");
    expect(sharedEnds(["m/a/histogram", "m/b/histogram"])).toEqual({
      prefix: "m/",
      suffix: "/histogram",
    });
  });

  test("is not taken off a name that has it not, or that is nothing else", () => {
    const names = namesOf(["of another run", "a/b"], { prefix: "a/", suffix: "/b" });
    expect(names.text("of another run", 900)).toBe("of another run");
    expect(names.text("a/b", 900)).toBe("a/b");
  });
});

describe("the texts that stand for names", () => {
  test.each(Object.entries(MODELS))("of %s are all different, however little room", (_, tags) => {
    for (const room of [600, 285, 180, 100, 60, 20]) {
      const texts = textsOf(tags, room);
      expect(new Set(texts).size).toBe(tags.length);
    }
  });

  test.each(Object.entries(MODELS))("of %s fit a small laptop's table", (_, tags) => {
    for (const text of textsOf(tags, 285)) expect(widthOf(text)).toBeLessThanOrEqual(285);
  });

  test("are whole where there is room, without what a wrapper put in", () => {
    expect(textsOf(MODELS.FSDP, 600)[3]).toBe("h.0.attn.c_attn.weight");
    expect(textsOf(MODELS.compiled, 600)[0]).toBe("wte.weight");
    expect(textsOf(["_orig_mod.w", "w"], 600)).toEqual(["_orig_mod.w", "w"]);
  });

  test("lose their middle first, as few parts as may be", () => {
    const tags = ["h.8.attn.c_attn.lora_A.default.weight", "h.8.attn.c_attn.lora_B.default.weight"];
    const names = namesOf(tags, { prefix: "", suffix: "" });
    expect(names.text(tags[0] ?? "", 7 * 34)).toBe("h.8.attn.c_attn.lora_A.…weight");
    expect(names.text(tags[1] ?? "", 7 * 34)).toBe("h.8.attn.c_attn.lora_B.…weight");
  });

  test("of one long word keep its ends", () => {
    const [text = ""] = textsOf([`${"x".repeat(40)}end`, "other"], 70);
    expect(text.endsWith("end")).toBe(true);
    expect(widthOf(text)).toBeLessThanOrEqual(70);
  });

  test("come for thousands of names in a moment's time", () => {
    const tags = Array.from(
      { length: 2000 },
      (_, n) => `model.layers.${Math.floor(n / 10)}.experts.${n % 10}.down_proj.weight`,
    );
    expect(new Set(textsOf(tags, 150)).size).toBe(2000);
  });
});
