import { download } from "./download";
import { pictureOf } from "./picture";
import type { Picture } from "./shapes";

export type ChartFile = "svg" | "png";

/** Screens of today show two pixels where one is asked for. */
const SHARPNESS = 2;

/** Saves a chart with its title, axes and legend as it looks now; gives the file's name. */
export async function saveFigure(figure: Element, name: string, format: ChartFile) {
  return savePicture(pictureOf(figure), name, format);
}

/** Saves a picture; gives the file's name. */
export async function savePicture(picture: Picture, name: string, format: ChartFile) {
  const file = `${name}.${format}`;
  const svg = new Blob([picture.svg], { type: "image/svg+xml;charset=utf-8" });
  download(file, format === "svg" ? svg : await drawn(picture));
  return file;
}

async function drawn({ svg, width, height }: Picture): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * SHARPNESS;
  canvas.height = height * SHARPNESS;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("the browser gave no picture");
  return blob;
}
