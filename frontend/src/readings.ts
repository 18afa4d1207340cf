import { isUnresolved } from "./bounds";
import { formatNumber, formatPercent, formatRelative } from "./format";
import type { Role } from "./replies";
import type { Row } from "./rows";
import { relativeUnit } from "./words";

/** Roles whose values stay the same ones from step to step; an activation's are new each time. */
const LASTING_ROLES: ReadonlySet<Role> = new Set(["weight", "bias", "norm", "embedding", "other"]);

export interface Reading {
  text: string;
  hint: string;
}

/** What else the last step's histogram says, each with how far it can be trusted. */
export function readings(row: Row): Reading[] {
  const of = row.floor ? { ...row, ...row.floor } : row;
  const told = row.floor ? [updateRatio(row), direction(row)] : [leastMove(row)];
  const guess = row.floor ? null : impliedDrift(row);
  return [...told, shapeChange(of), guess].filter((each) => each !== null);
}

/** The familiar rule for a learning rate: about 1e-3. */
function updateRatio({ exact }: Row): Reading | null {
  const ratio = exact?.update_ratio ?? null;
  if (ratio === null) return null;
  return {
    text: `last update ${formatNumber(ratio, 2)} of the weights`,
    hint: `‖Δ‖/‖w‖ of one optimizer step, often near 0.001 where a network learns well: ${ratio}`,
  };
}

function direction({ exact }: Row): Reading | null {
  if (exact === null || exact.relative === null || exact.cosine === null) return null;
  return {
    text: `‖w − w₀‖ is ${formatRelative(exact.relative)} of ‖w₀‖, cosine ${formatNumber(exact.cosine, 4)}`,
    hint: `The length of all moves together, and of how much the direction is the same: ${exact.relative}, ${exact.cosine}`,
  };
}

function leastMove({ role, movementLower }: Row): Reading | null {
  if (!LASTING_ROLES.has(role) || !movementLower) return null;
  return {
    text: `values moved at least ${formatNumber(movementLower, 2)} on average`,
    hint: `However the values lie inside their buckets: ${movementLower} in the tensor's own unit`,
  };
}

/** The rest of a movement is as uncertain below the resolution as the movement itself. */
function shapeChange(row: Row): Reading | null {
  const { shapeChange: change, scale } = row;
  if (!change || isUnresolved(row)) return null;
  const hint = `The movement that is left after matching median and spread: ${change}`;
  if (change < (row.resolution ?? 0)) return { text: "shape change below resolution", hint };
  const of = relativeUnit(row.scaleKind)?.replace("% of initial", "of");
  const share = scale === null || !of ? "" : ` (${formatPercent(change / scale)} ${of})`;
  return { text: `shape change ${formatNumber(change, 2)}${share}`, hint };
}

/** A guess, and called one: it needs values that do not all start as one, and moves of their own. */
function impliedDrift(row: Row): Reading | null {
  const { role, scaleKind, impliedDrift: drift } = row;
  if (!LASTING_ROLES.has(role) || scaleKind !== "std" || isUnresolved(row)) return null;
  if (!drift || drift < (row.resolution ?? 0)) return null;
  return {
    text: `if moves were independent of the weights: ${formatNumber(drift, 2)} rms, a guess`,
    hint: `The root of what was added to the variance, as if each value moved by chance: ${drift}`,
  };
}
