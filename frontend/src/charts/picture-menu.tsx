import { usePopover } from "../controls/popover";
import type { ChartFile } from "../export/chart-files";
import { MenuItem } from "./figure-menu";

interface Props {
  title: string;
  save: (format: ChartFile) => Promise<string>;
  tell: (sentence: string) => void;
  /** Whether the Tab key stops here. */
  tabStop?: boolean;
}

/** Takes a drawing that is no figure along as a picture. */
export function PictureMenu({ title, save, tell, tabStop = true }: Props) {
  const { open, toggle, close, box, button } = usePopover();
  const act = (format: ChartFile) => () => {
    close();
    save(format).then(tell, (error) =>
      tell(`The picture could not be made: ${error instanceof Error ? error.message : error}`),
    );
  };
  return (
    <div class="picture-menu" ref={box}>
      <button
        ref={button}
        type="button"
        class="figure-menu-button"
        data-testid="picture-menu"
        aria-expanded={open}
        aria-label={`${title}: pictures`}
        title="Save as a picture"
        tabIndex={tabStop ? 0 : -1}
        onClick={toggle}
      >
        <span aria-hidden="true">⋯</span>
      </button>
      {open && (
        <div class="popover menu">
          <MenuItem testid="picture-svg" name="Save as SVG" act={act("svg")} />
          <MenuItem testid="picture-png" name="Save as PNG" act={act("png")} />
        </div>
      )}
    </div>
  );
}
