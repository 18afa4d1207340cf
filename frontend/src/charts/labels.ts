/**
 * Positions near the wanted ones (ascending) that keep `gap` between neighbours and stay within
 * [top, bottom] as long as all of them fit.
 */
export function spreadLabels(
  wanted: readonly number[],
  gap: number,
  top: number,
  bottom: number,
): number[] {
  const clusters: { center: number; count: number }[] = [];
  for (const position of wanted) {
    let cluster = { center: position, count: 1 };
    for (let last = clusters.at(-1); last && touching(last, cluster, gap); last = clusters.at(-1)) {
      clusters.pop();
      cluster = merged(last, cluster);
    }
    clusters.push(cluster);
  }
  const free = clusters.flatMap(({ center, count }) =>
    Array.from({ length: count }, (_, i) => center + (i - (count - 1) / 2) * gap),
  );
  return within(free, gap, top, bottom);
}

interface Cluster {
  center: number;
  count: number;
}

function touching(a: Cluster, b: Cluster, gap: number): boolean {
  return b.center - a.center < (gap * (a.count + b.count)) / 2;
}

function merged(a: Cluster, b: Cluster): Cluster {
  const count = a.count + b.count;
  return { center: (a.center * a.count + b.center * b.count) / count, count };
}

function within(positions: number[], gap: number, top: number, bottom: number): number[] {
  const down = [...positions];
  for (let i = 0; i < down.length; i++)
    down[i] = Math.max(down[i] ?? 0, i === 0 ? top : (down[i - 1] ?? 0) + gap);
  for (let i = down.length - 1; i >= 0; i--)
    down[i] = Math.min(
      down[i] ?? 0,
      i === down.length - 1 ? Math.max(bottom, top + gap * i) : (down[i + 1] ?? 0) - gap,
    );
  return down;
}
