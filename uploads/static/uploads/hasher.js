/* A small pool of workers that hash files off the main thread. */
const MOST = 2;

/* One processor stays free for the page itself. */
function poolSize() {
  return Math.max(1, Math.min(MOST, (navigator.hardwareConcurrency || 1) - 1));
}

export class BrokenWorker extends Error {}

export class Hasher {
  #waiting = [];
  #running = new Set();
  #idle;
  #broken = false;

  constructor(workerUrl, libraryUrl, size = poolSize()) {
    this.#idle = Array.from({ length: size }, () => this.#start(workerUrl, libraryUrl));
  }

  /** Resolves to {md5, kind} or {error: name}; rejects with BrokenWorker when hashing cannot run.
      `wanted()` is asked before the start, so that a removed file costs nothing. */
  hash(file, { wanted = () => true, onStart, onProgress } = {}) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ file, wanted, onStart, onProgress, resolve, reject });
      if (this.#broken) this.#break();
      else this.#next();
    });
  }

  #start(workerUrl, libraryUrl) {
    const worker = new Worker(workerUrl);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#break();
    };
    worker.postMessage({ library: libraryUrl });
    return worker;
  }

  #next() {
    while (this.#waiting.length > 0 && !this.#waiting[0].wanted()) {
      this.#waiting.shift().resolve({ error: "AbortError" });
    }
    if (this.#waiting.length > 0 && this.#idle.length > 0) {
      this.#run(this.#idle.pop(), this.#waiting.shift());
    }
  }

  #run(worker, task) {
    this.#running.add(task);
    task.onStart?.();
    worker.onmessage = ({ data }) => {
      if (data.progress === undefined) this.#finish(worker, task, data);
      else task.onProgress?.(data.progress);
    };
    worker.postMessage({ file: task.file });
  }

  #finish(worker, task, result) {
    this.#running.delete(task);
    this.#idle.push(worker);
    task.resolve(result);
    this.#next();
  }

  /* A file's own fault comes back as a message; what ends up here would meet every file. */
  #break() {
    this.#broken = true;
    const all = [...this.#running, ...this.#waiting.splice(0)];
    this.#running.clear();
    for (const task of all) task.reject(new BrokenWorker());
  }
}
