/* Files from the two choosers and from dropping files or whole folders anywhere on the page. */

const SYSTEM_NAMES = new Set(["thumbs.db", "ehthumbs.db", "desktop.ini"]);

function isHidden({ path }) {
  const parts = path.split("/");
  const name = parts.at(-1).toLowerCase();
  return SYSTEM_NAMES.has(name) || parts.some((part) => part.startsWith(".") || part === "__MACOSX");
}

/** [{file, path}] → {files, leftOut}: without what systems hide in folders. */
function withoutHidden(found) {
  const files = found.filter((one) => !isHidden(one));
  return { files, leftOut: found.length - files.length };
}

function fromInput(input) {
  return [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

function readFile(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/* readEntries hands out at most 100 entries a call; an empty answer is the end. */
async function readFolder(entry) {
  const reader = entry.createReader();
  const children = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return children;
    children.push(...some);
  }
}

async function walk(entry, found) {
  try {
    if (entry.isFile) {
      found.files.push({ file: await readFile(entry), path: entry.fullPath.replace(/^\//, "") });
      return;
    }
    const children = await readFolder(entry);
    children.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    for (const child of children) await walk(child, found);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    found.incomplete = true;
  }
}

/* Entries must be taken out before the first await: the drop's data is gone after it. */
async function fromDrop(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...transfer.files].map((file) => ({ file, path: file.name }));
  if (entries.length === 0) return { files: plain, incomplete: false };
  const found = { files: [], incomplete: false };
  for (const entry of entries) await walk(entry, found);
  return found;
}

function bindInput(input, take) {
  input.addEventListener("change", () => {
    const found = fromInput(input);
    input.value = ""; // so that the same file can be chosen again after removing it
    if (found.length > 0) take(withoutHidden(found));
  });
}

function bindDrop(veil, take) {
  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const show = (by) => {
    depth = Math.max(0, depth + by);
    veil.hidden = depth === 0;
  };
  const on = (type, act) =>
    window.addEventListener(type, (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      act(event);
    });
  on("dragenter", () => show(1));
  on("dragleave", () => show(-1));
  on("dragover", (event) => (event.dataTransfer.dropEffect = "copy"));
  on("drop", async (event) => {
    show(-depth);
    const found = await fromDrop(event.dataTransfer);
    take({ ...withoutHidden(found.files), incomplete: found.incomplete });
  });
}

/** `take({files: [{file, path}], leftOut, incomplete})` for every choice or drop. */
export function gatherFrom({ inputs, veil, take }) {
  for (const input of inputs) bindInput(input, take);
  bindDrop(veil, take);
}
