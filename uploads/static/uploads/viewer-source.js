/* A photograph that the browser has decoded, as tiles for OpenSeadragon. Drawn here, and not by its
   own source for images: that one holds a whole copy for each level, the largest too. Only pixels
   that are drawn are used, never read, so that a bucket on another host serves as well. */
const TILE = 1024; // pixels

/** A promise of the image at `address`, decoded and upright. */
export async function decoded(image, address) {
  if (image.src !== new URL(address, location.href).href) image.src = address;
  await image.decode();
  return image;
}

function span(at, whole) {
  const start = at * TILE;
  return { start, length: Math.min(TILE, whole - start) };
}

function tile(image, scale, x, y) {
  const across = span(x, image.naturalWidth / scale);
  const down = span(y, image.naturalHeight / scale);
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(across.length);
  canvas.height = Math.ceil(down.length);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  const from = [across.start, down.start, across.length, down.length].map((each) => each * scale);
  context.drawImage(image, ...from, 0, 0, canvas.width, canvas.height);
  return context;
}

export function sourceOf(image) {
  const longer = Math.max(image.naturalWidth, image.naturalHeight);
  const maxLevel = Math.max(0, Math.ceil(Math.log2(longer / TILE)));
  return {
    width: image.naturalWidth,
    height: image.naturalHeight,
    tileSize: TILE,
    tileOverlap: 0,
    minLevel: 0,
    maxLevel,
    getTileUrl: (level, x, y) => `${image.src}#${level}/${x}/${y}`,
    getTilePostData: (level, x, y) => ({ level, x, y }),
    downloadTileStart(job) {
      const { level, x, y } = job.postData;
      job.finish(tile(image, 2 ** (maxLevel - level), x, y), null, "context2d");
    },
    downloadTileAbort() {},
  };
}
