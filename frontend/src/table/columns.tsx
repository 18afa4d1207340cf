import type { ComponentChildren, HTMLAttributes } from "preact";
import { useMemo } from "preact/hooks";
import type { MaybeNumber, Measure } from "../api/replies";
import { isUnresolved, relativeBounds } from "../model/bounds";
import type { Group } from "../model/groups";
import { MEASURE_WORDS } from "../model/measures";
import type { Names } from "../model/names";
import { measured, type Row, type SortColumn, standInMovement } from "../model/rows";
import type { Store } from "../store/store";
import { GroupButton, type GroupButtonProps } from "../ui/group-button";
import { FlagMark, TagName, VerdictChip } from "../ui/marks";
import { MeasureText, measureInFull, shownMeasure } from "../ui/movement-text";
import { Sparkline } from "../ui/sparkline";
import { roleWord, verdictWord } from "../words/labels";
import { formatCompact, formatCount, formatRelative, NOTHING, plural } from "../words/numbers";
import { LogBar, LogBarAxis } from "./bars";

type Cell = HTMLAttributes<HTMLTableCellElement> & { [data: `data-${string}`]: unknown };

/** A column of the table; where it has none of its own, the cell of a group is empty. */
export interface Column {
  name: SortColumn | "sparkline" | "bar";
  /** In pixels; names have what the others leave. */
  width?: number;
  /** Only in a table wider than that, and where names are whole beside it. */
  from?: number;
  head: (store: Store) => ComponentChildren;
  cell: (row: Row, names: Names, room: number) => Cell;
  group?: (head: GroupButtonProps & { group: Group }) => Cell;
}

const FIRST_MOVED = "The first kept step at which it was not as at its first one";

const COLUMNS: readonly Column[] = [
  {
    name: "tag",
    head: ({ rows, shownRows }) => tagHead(rows.value.length, shownRows.value.length),
    cell: ({ tag }, names, room) => ({
      title: tag,
      children: <TagName {...{ tag, names, room }} />,
    }),
    group: (head) => ({ children: <GroupButton {...head} /> }),
  },
  {
    name: "role",
    width: 78,
    from: 860,
    head: () => "Role",
    cell: (row) => ({ children: roleWord(row.role) }),
  },
  {
    name: "verdict",
    width: 110,
    head: () => "Verdict",
    cell: (row) => ({
      children: [
        <VerdictChip key="verdict" verdict={row.verdict} title={row.sentence} />,
        <FlagMark key="flags" row={row} />,
      ],
    }),
    group: ({ group: { worst } }) => ({
      children: (
        <VerdictChip verdict={worst} title={`The most serious verdict: ${verdictWord(worst)}`} />
      ),
    }),
  },
  {
    name: "elements",
    width: 104,
    from: 1000,
    head: () => "Values",
    cell: ({ elements }) => ({
      title: elements === null ? "" : plural(elements, "value"),
      children: formatCompact(elements),
    }),
    group: ({ group: { elements } }) => ({
      title: `${formatCount(elements)} values in all`,
      children: elements === null ? "" : formatCompact(elements),
    }),
  },
  {
    name: "moved",
    width: 104,
    from: 1000,
    head: () => <span title={FIRST_MOVED}>First moved</span>,
    cell: ({ movedStep, verdict }) => ({
      title: FIRST_MOVED,
      children:
        movedStep !== null
          ? `step ${formatCount(movedStep)}`
          : verdict === "unchanged"
            ? "never"
            : NOTHING,
    }),
  },
  {
    name: "sparkline",
    width: 74,
    head: () => "Over steps",
    cell: ({ sparkline, nonFiniteStep }) => ({
      children: (
        <Sparkline steps={sparkline.steps} values={sparkline.values} brokeAt={nonFiniteStep} />
      ),
    }),
    group: ({ group: { elements } }) => ({
      class: "group-elements",
      title: `${formatCount(elements)} values in all`,
      children: elements !== null && <span>{`${formatCompact(elements)} values`}</span>,
    }),
  },
  {
    name: "bar",
    width: 124,
    from: 660,
    head: ({ overview, measure }) => (
      <>
        <span class="unseen">Relative movement, drawn</span>
        {overview.value.data && hasBars(measure.value) && (
          <LogBarAxis limits={overview.value.data.thresholds} />
        )}
      </>
    ),
    cell: (row) => ({
      children: (
        <LogBar
          value={barValue(row)}
          standsIn={row.relativeMovement === null}
          bounds={
            row.sparkline.measure === "movement" && isUnresolved(row) ? relativeBounds(row) : null
          }
          exact={row.floor !== null}
          floor={
            row.sparkline.measure === "movement" && row.floor?.movement != null && row.scale
              ? row.floor.movement / row.scale
              : null
          }
        />
      ),
    }),
    group: ({ group }) => ({
      children: measureOf(group.rows) === "movement" && (
        <LogBar value={group.relativeMovement} bounds={null} />
      ),
    }),
  },
  {
    name: "movement",
    width: 158,
    head: ({ measure }) => MEASURE_WORDS[measure.value].name,
    cell: (row) => ({
      "data-testid": "cell-movement",
      "data-value": cellValue(row) ?? "",
      title: measureInFull(row),
      children: <MeasureText row={row} />,
    }),
    group: ({ group }) => ({
      title: `The ${mostOf(group.rows)} of its tensors`,
      children: <LargestOf group={group} />,
    }),
  },
];

/** From the fewest columns to all of them: as lists that stay the same, so that rows do. */
const CHOICES = [0, 660, 860, 1000].map((least) => {
  const columns = COLUMNS.filter(({ from = 0 }) => from <= least);
  const taken = columns.reduce((sum, { width = 0 }) => sum + width, 0);
  return { least, columns, taken };
});

/** Those for which a table of that width has room beside its names, which come first. */
export function columnsFor(width: number, names: number): readonly Column[] {
  const fits = CHOICES.findLast(({ least, taken }) => width > least && taken + names <= width);
  return (fits ?? CHOICES[0])?.columns ?? COLUMNS;
}

function cellValue(row: Row): MaybeNumber {
  if (row.sparkline.measure !== "movement") return measured(row);
  return row.relativeMovement ?? row.movement;
}

/** A spread that shrank to a tenth is further from the baseline's than one that doubled. */
const mostOf = (rows: readonly Row[]) =>
  measureOf(rows) === "spread_ratio" ? "furthest" : "largest";

/** Of the measure that its tensors show. */
function LargestOf({ group }: { group: Group }) {
  const shown = largestText(group);
  return (
    <>
      <b>{shown}</b>
      <span class="unit">{shown === NOTHING ? "" : mostOf(group.rows)}</span>
    </>
  );
}

export function largestText({ rows, relativeMovement }: Group): string {
  if (measureOf(rows) === "movement") return formatRelative(relativeMovement);
  const fromOne = (row: Row) => {
    const ratio = measured(row);
    return ratio === null ? null : Math.abs(Math.log(ratio));
  };
  const largest = maxBy(rows, mostOf(rows) === "furthest" ? fromOne : measured);
  return largest ? shownMeasure(largest) : NOTHING;
}

function measureOf([first]: readonly Row[]): Measure {
  return first?.sparkline.measure ?? "movement";
}

/** The row of the largest value; undefined where none has one. */
function maxBy(rows: readonly Row[], of: (row: Row) => MaybeNumber): Row | undefined {
  return rows.reduce<Row | undefined>((most, row) => {
    const value = of(row);
    return value !== null && (!most || value > (of(most) ?? value)) ? row : most;
  }, undefined);
}

function tagHead(total: number, shown: number): string {
  const some = shown === total ? "" : `${formatCount(shown)} of `;
  return total > 0 ? `Tensor (${some}${formatCount(total)})` : "Tensor";
}

/** What has a place on the axis of relative movements. */
const hasBars = (measure: Measure) => measure === "movement" || measure === "estimate";

function barValue(row: Row): MaybeNumber {
  const { measure } = row.sparkline;
  if (!hasBars(measure)) return null;
  if (measure === "estimate") return measured(row);
  return row.relativeMovement ?? standInMovement(row)?.relative ?? null;
}

const cellOf = (name: string, { class: own, ...attributes }: Cell = {}) => (
  <td key={name} class={own ? `cell-${name} ${own}` : `cell-${name}`} {...attributes} />
);

interface Props {
  columns: readonly Column[];
  row: Row;
  names: Names;
  room: number;
  depth: number;
  index: number;
  selected: boolean;
  /** Of a pinned one: its line's colour. */
  slot: number | undefined;
  store: Pick<Store, "selectTag" | "togglePin">;
}

/** A row is drawn once and kept while the table scrolls: only its place and selection change. */
export function TensorRow(props: Props) {
  const { columns, row, names, room, depth, index, selected, slot, store } = props;
  const cells = useMemo(
    () => columns.map(({ name, cell }) => cellOf(name, cell(row, names, room))),
    [columns, row, names, room],
  );
  return (
    <tr
      id={`tensor-row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-tag={row.tag}
      class={slot === undefined ? undefined : `pinned run-slot-${slot}`}
      aria-description={slot === undefined ? undefined : "pinned"}
      style={{ "--depth": depth }}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey) store.togglePin(row.tag);
        else store.selectTag(row.tag);
      }}
    >
      {cells}
    </tr>
  );
}

interface GroupProps extends GroupButtonProps {
  columns: readonly Column[];
  group: Group;
  index: number;
  depth: number;
  /** Whether the chosen tensor is folded away in it. */
  holdsSelection: boolean;
}

/** What the tensors of one scope have in common, as tall as any other row. */
export function GroupRow({ columns, index, depth, holdsSelection, ...head }: GroupProps) {
  return (
    <tr
      id={`tensor-row-${index}`}
      class="group-row"
      style={{ "--depth": depth }}
      aria-rowindex={index + 2}
      aria-selected={holdsSelection}
      data-testid="group-row"
      data-scope={head.group.scope}
    >
      {columns.map(({ name, group }) => cellOf(name, group?.(head)))}
    </tr>
  );
}
