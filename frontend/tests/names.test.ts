import { describe, expect, test } from "vitest";
import { Names, sharedEnds } from "../src/model/names";
import { shownName, visible } from "../src/words/names";

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

  test("keep the parts in which names differ, and lose those that all have", () => {
    const tags = Array.from({ length: 24 }, (_, n) => `model.layers.${n}.self_attn.q_proj.weight`);
    for (const room of [210, 168, 112, 84, 56])
      textsOf(tags, room).forEach((text, n) => {
        expect(text).toMatch(new RegExp(`(^|[.…])${n}\\.`));
        expect(text).not.toMatch(/(^|…)[a-z](…|$)/);
        expect(widthOf(text)).toBeLessThanOrEqual(room);
      });
    const blocks = ["block_1", "block_2"].flatMap((block) =>
      ["gamma", "beta"].map((kind) => `${block}_expand/${kind}`),
    );
    for (const text of textsOf(blocks, 126)) expect(text).toMatch(/[12]_expand/);
  });

  test("are those of no other name where there is room for one such, whoever asks first", () => {
    const rest = ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"];
    const tags = [10, 11].flatMap((n) =>
      rest.flatMap((each) => [`h.${n}.${each}.weight`, `h.${n}.${each}.bias`]),
    );
    const expected = ["…10.attn.c_attn.weight", "h.10.attn.c_attn.bias", "…10.attn.c_proj.weight"];
    for (const asked of [tags, [...tags].reverse()]) {
      const names = namesOf(tags, { prefix: "", suffix: "" });
      const texts = new Map(asked.map((tag) => [tag, names.text(tag, 160)]));
      expect(tags.slice(0, 3).map((tag) => texts.get(tag))).toEqual(expected);
    }
  });

  test("of adapters tell layer, module and half, and leave out what all of them have", () => {
    const texts = textsOf(LORA, 150);
    for (const [i, tag] of LORA.entries()) {
      const [, layer, module, half] = /h\.(\d+)\.attn\.(\w+)\.(lora_\w)/.exec(tag) ?? [];
      const start = Number(layer) < 10 ? `h.${layer}` : `…${layer}`;
      if (half) expect(texts[i]).toBe(`${start}.…${module}.${half}.…`);
    }
  });

  test("of a name stay as they are, also when another width was asked for meanwhile", () => {
    const names = namesOf(GPT2);
    const before = GPT2.map((tag) => names.text(tag, 120));
    for (const room of [0, 60, 300]) GPT2.map((tag) => names.text(tag, room));
    expect([...GPT2].reverse().map((tag) => names.text(tag, 120))).toEqual(before.reverse());
  });

  test("cost no more than those that are asked for, while a divider is dragged over all widths", () => {
    let measured = 0;
    const counting = (text: string) => {
      measured += 1;
      return widthOf(text);
    };
    const tags = Array.from(
      { length: 50_000 },
      (_, n) => `model.layers.${Math.floor(n / 10)}.experts.${n % 10}.down_proj.weight`,
    );
    const names = new Names(tags, sharedEnds(tags), counting);
    expect(measured).toBe(0);
    const listed = tags.slice(20_000, 20_040);
    for (let room = 250; room > 120; room -= 1)
      expect(new Set(listed.map((tag) => names.text(tag, room))).size).toBe(listed.length);
    // Each part once: four layers, ten experts, and what all have.
    expect(measured).toBeLessThan(30);
  });

  test("of a name of very many parts take work in proportion to them", () => {
    let measured = 0;
    const counting = (text: string) => {
      measured += 1;
      return widthOf(text);
    };
    const parts = Array.from({ length: 1500 }, (_, n) => `p${n}`);
    const tags = ["a", "b"].map((end) => [...parts, end].join("."));
    const names = new Names(tags, { prefix: "", suffix: "" }, counting);
    const texts = tags.map((tag) => names.text(tag, 150));
    expect(texts).toEqual([expect.stringMatching(/….*a$/), expect.stringMatching(/….*b$/)]);
    expect(measured).toBeLessThan(2 * parts.length);
  });

  test("are never alike, also among thousands", () => {
    const tags = Array.from(
      { length: 2000 },
      (_, n) => `model.layers.${Math.floor(n / 10)}.experts.${n % 10}.down_proj.weight`,
    );
    expect(new Set(textsOf(tags, 150)).size).toBe(2000);
  });

  test("show what cannot be seen, and are measured with it", () => {
    const names = namesOf(["a\nb/\u202ec", "x"], { prefix: "", suffix: "" });
    expect(names.text("a\nb/\u202ec", 900)).toBe("a␊b/⟨U+202E⟩c");
    expect(widthOf(names.text("a\nb/\u202ec", 70))).toBeLessThanOrEqual(70);
  });
});

test("in as much room as the widest name takes all are whole, in less that one is not", () => {
  const tags = Object.values(MODELS).flat();
  const names = namesOf(tags);
  const whole = tags.map((tag) => names.text(tag, 0));
  expect(tags.map((tag) => names.text(tag, names.widest))).toEqual(whole);
  const widest = whole.filter((text) => widthOf(text) === names.widest);
  expect(widest.length).toBeGreaterThan(0);
  expect(tags.map((tag) => names.text(tag, names.widest - 1))).not.toContain(widest[0]);
  expect(namesOf([]).widest).toBe(0);
});

describe("a name on the page", () => {
  test.each([
    ["line\nbreak\r\ttab", "line␊break␍␉tab"],
    ["\0\x1b[31m\x7f\x85", "␀␛[31m␡⟨U+0085⟩"],
    ["a\u202eb\u2066c\u2069\u200f", "a⟨U+202E⟩b⟨U+2066⟩c⟨U+2069⟩⟨U+200F⟩"],
    ["w\u200bw\u200dw\u200cw\u00ad\ufeff", "w⟨U+200B⟩w⟨U+200D⟩w⟨U+200C⟩w⟨U+00AD⟩⟨U+FEFF⟩"],
    ["\u2028\u2029\u3164\u{e0041}", "⟨U+2028⟩⟨U+2029⟩⟨U+3164⟩⟨U+E0041⟩"],
    ["\ud800x\udc00", "⟨U+D800⟩x⟨U+DC00⟩"],
    [" a  b ", "␣a  b␣"],
    ["layer1\ufe0f", "layer1⟨U+FE0F⟩"],
  ])("has a symbol for each character that is not seen: %j", (name, shown) => {
    expect(visible(name)).toBe(shown);
  });

  test.each(["conv/kernel:0", "層1/カーネル", "وزن/لایه", "می\u200cخواهم", "क्\u200dष", "📱1️⃣❤️"])(
    "reads as it was written: %s",
    (name) => expect(visible(name)).toBe(name),
  );

  test.each(["👩\u200d💻", "👨\u200d👩\u200d👧\u200d👦", "👩🏽\u200d🔬", "🏳️\u200d🌈"])(
    "keeps an emoji of several in one piece: %s",
    (name) => expect(visible(`${name}/w`)).toBe(`${name}/w`),
  );

  test("that is empty is called so, and one from right to left turns nothing beside it", () => {
    expect(shownName("")).toBe("(no name)");
    expect(shownName("conv/kernel")).toBe("conv/kernel");
    expect(shownName("וזן/1")).toBe("\u2068וזן/1\u2069");
  });
});
