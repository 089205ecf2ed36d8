/* A small pool of workers that hash files off the main thread. */
const POOL = 2;

export class BrokenWorker extends Error {}

export class Hasher {
  #queue = [];
  #workers = new Set();
  #idle = [];

  constructor(workerUrl, libraryUrl, size = Math.min(POOL, navigator.hardwareConcurrency || 1)) {
    this.workerUrl = workerUrl;
    this.libraryUrl = libraryUrl;
    this.size = size;
  }

  /** Resolves to {md5, kind} or {error: name}; rejects with BrokenWorker when hashing cannot run.
      `wanted()` is asked before the start, so that a removed file costs nothing. */
  hash(file, { wanted = () => true, onStart, onProgress } = {}) {
    return new Promise((resolve, reject) => {
      this.#queue.push({ file, wanted, onStart, onProgress, resolve, reject });
      this.#next();
    });
  }

  #worker() {
    if (this.#idle.length > 0) return this.#idle.pop();
    if (this.#workers.size >= this.size) return null;
    const worker = new Worker(this.workerUrl);
    worker.postMessage({ library: this.libraryUrl });
    this.#workers.add(worker);
    return worker;
  }

  #next() {
    while (this.#queue.length > 0 && !this.#queue[0].wanted()) {
      this.#queue.shift().resolve({ error: "AbortError" });
    }
    if (this.#queue.length === 0) return;
    const worker = this.#worker();
    if (worker) this.#run(worker, this.#queue.shift());
  }

  #run(worker, task) {
    task.onStart?.();
    worker.onmessage = ({ data }) => {
      if (data.progress !== undefined) {
        task.onProgress?.(data.progress);
        return;
      }
      this.#idle.push(worker);
      task.resolve(data);
      this.#next();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      this.#workers.delete(worker);
      for (const waiting of [task, ...this.#queue.splice(0)]) waiting.reject(new BrokenWorker());
    };
    worker.postMessage({ file: task.file });
  }
}
