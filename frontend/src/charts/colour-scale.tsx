import "./colour-scale.css";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Measure } from "../api/replies";
import type { Theme } from "../host/tensorboard";
import { UPDATE_BAND } from "../model/measures";
import { formatCount, formatNumber, formatShare } from "../words/numbers";
import {
  brushOf,
  type ColourScale,
  fittingTicks,
  heatPosition,
  paintPixels,
  paintRow,
  SHADE,
  SHADES,
} from "./colours";

interface RampProps {
  theme: Theme;
  scale: ColourScale;
  measure: Measure;
}

/** Of the colours, in pixels. */
const RAMP = 184;

/** The colours of a measure, with their ticks; of update ratios also the usual range. */
export function Ramp({ theme, scale, measure }: RampProps) {
  const text = (tick: number) => {
    if (measure === "update_ratio") return formatNumber(tick);
    return tick >= 10 ? `${formatCount(tick)} ×` : formatShare(tick);
  };
  return (
    <div class="colour-ramp">
      <Painted theme={theme} width={RAMP} codeAt={(share) => SHADE + share * (SHADES - 1)} />
      {measure === "update_ratio" && <Band scale={scale} />}
      <div>
        {fittingTicks(scale, RAMP, text).map(({ tick, text, left }) => (
          <span key={tick} style={{ left: `${left}px` }}>
            {text}
          </span>
        ))}
      </div>
    </div>
  );
}

function Band({ scale }: { scale: ColourScale }) {
  const [from, to] = [UPDATE_BAND.low, UPDATE_BAND.high].map(
    (end) => 100 * heatPosition(end, scale),
  );
  return (
    <i
      class="colour-band"
      data-testid="update-band"
      title="The usual range of update ratios"
      style={{ left: `${from}%`, width: `${(to ?? 0) - (from ?? 0)}%` }}
    />
  );
}

/** What has no place on the scale. */
export function Swatch({ theme, code, text }: { theme: Theme; code: number; text: string }) {
  return (
    <span>
      <Painted theme={theme} width={16} codeAt={() => code} />
      {text}
    </span>
  );
}

interface PaintedProps {
  theme: Theme;
  width: number;
  /** What a cell of that code would be painted with, by the share of the width. */
  codeAt: (share: number) => number;
}

const HEIGHT = 10;

/** Painted as the cells are: a colour or a hatch is the same in both places. */
function Painted({ theme, width, codeAt }: PaintedProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(HEIGHT * ratio)];
  useLayoutEffect(() => {
    const codes = Uint8Array.from({ length: across }, (_, x) => codeAt(x / (across - 1)));
    const brush = brushOf(theme, ratio);
    paintPixels(ref.current, (pixels) => paintRow(pixels, across, codes, 0, down, brush));
  }, [theme, across, down]);
  return (
    <i class="colour-swatch" aria-hidden="true">
      <canvas
        ref={ref}
        width={across}
        height={down}
        style={{ width: `${width}px`, height: `${HEIGHT}px` }}
      />
    </i>
  );
}
