// By itself because it is pure: how the page shares the hash with TensorBoard is tested without one.
const PREFIX = "p.weight_delta.";

/** This plugin's values in TensorBoard's hash (`#weight_delta&p.weight_delta.key=value`). */
export function readHash(hash: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [key, value] of pairs(hash)) {
    const name = decode(key);
    if (name.startsWith(PREFIX)) values[name.slice(PREFIX.length)] = decode(value);
  }
  return values;
}

/** The hash with this plugin's values replaced and everything else as it was. */
export function mergeHash(hash: string, values: Record<string, string>): string {
  const foreign = tokens(hash).filter((token) => !decode(token).startsWith(PREFIX));
  const own = Object.entries(values).map(([key, value]) => `${PREFIX}${key}=${encode(value)}`);
  const merged = [...foreign, ...own].join("&");
  return merged ? `#${merged}` : "";
}

function tokens(hash: string): string[] {
  return hash.replace(/^#/, "").split("&").filter(Boolean);
}

function pairs(hash: string): [string, string][] {
  return tokens(hash)
    .map((token) => token.split("="))
    .filter((parts) => parts.length === 2) as [string, string][];
}

/** TensorBoard stops at a bad `%`: half a surrogate pair must not reach the hash either. */
export function encode(value: string): string {
  return encodeURIComponent(value.replace(/\p{Surrogate}/gu, "\ufffd"));
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
