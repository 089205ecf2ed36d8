/* Classic worker: reads a file slice by slice and hashes it. In: {library} once, then {file}.
   Out: {progress} in bytes, then {md5, kind} with kind "jpeg", "png" or null, or {error}. */
"use strict";

const SLICE = 1024 * 1024;
const SIGNATURES = {
  jpeg: [0xff, 0xd8, 0xff],
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
};

function kindOf(buffer) {
  const bytes = new Uint8Array(buffer, 0, Math.min(8, buffer.byteLength));
  const fits = (signature) => signature.every((byte, index) => bytes[index] === byte);
  return Object.keys(SIGNATURES).find((kind) => fits(SIGNATURES[kind])) ?? null;
}

function hash(file) {
  const reader = new FileReaderSync();
  const spark = new self.SparkMD5.ArrayBuffer();
  let kind = null;
  for (let start = 0; start < file.size; start += SLICE) {
    const slice = reader.readAsArrayBuffer(file.slice(start, start + SLICE));
    if (start === 0) kind = kindOf(slice);
    if (kind === null) return { md5: null, kind };
    spark.append(slice);
    self.postMessage({ progress: Math.min(file.size, start + SLICE) });
  }
  return { md5: spark.end(), kind };
}

self.onmessage = ({ data }) => {
  if (data.library) {
    importScripts(data.library);
    return;
  }
  try {
    self.postMessage(hash(data.file));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // not the file's fault
    self.postMessage({ error: error.name });
  }
};
