import "./colour-scale.css";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Theme } from "../host/tensorboard";
import { formatCount, formatShare } from "../words/numbers";
import { brushOf, heatPosition, heatTicks, paintRow, SHADE, SHADES } from "./colours";

/** The colours of movements, with their ticks. */
export function Ramp({ theme, highest }: { theme: Theme; highest: number }) {
  const text = (tick: number) => (tick >= 10 ? `${formatCount(tick)} ×` : formatShare(tick));
  return (
    <div class="colour-ramp">
      <Painted theme={theme} width={184} codeAt={(share) => SHADE + share * (SHADES - 1)} />
      <div>
        {heatTicks(highest).map((tick) => (
          <span key={tick} style={{ left: `${100 * heatPosition(tick, highest)}%` }}>
            {text(tick)}
          </span>
        ))}
      </div>
    </div>
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
    const context = ref.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(across, down);
    const codes = Uint8Array.from({ length: across }, (_, x) => codeAt(x / (across - 1)));
    const pixels = new Uint32Array(image.data.buffer);
    paintRow(pixels, across, codes, 0, down, brushOf(theme, ratio));
    context.putImageData(image, 0, 0);
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
