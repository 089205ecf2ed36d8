/* Requests to our own API. An answer is {status, data, retryAfter}; status 0 means no connection. */

// Longest silence of a running upload, ms: above the server's own 30 s without progress.
const STALLED = 45_000;

/** CSRF token of this moment: signing in again in another tab changes it. */
export function csrfToken() {
  const cookies = document.cookie.split("; ");
  for (const name of ["__Host-csrftoken=", "csrftoken="]) {
    const found = cookies.find((cookie) => cookie.startsWith(name));
    if (found) return decodeURIComponent(found.slice(name.length));
  }
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {}; // a proxy's error page is not ours to read
  }
}

/** Retry-After in seconds; null when absent or given as a date. */
function seconds(header) {
  const value = Number.parseInt(header ?? "", 10);
  return Number.isFinite(value) ? Math.max(1, value) : null;
}

async function request(url, options) {
  const token = csrfToken();
  try {
    const response = await fetch(url, {
      credentials: "same-origin",
      redirect: "error",
      cache: "no-store",
      ...options,
      headers: { Accept: "application/json", "X-CSRFToken": token, ...options.headers },
    });
    const data = parse(await response.text());
    const retryAfter = seconds(response.headers.get("Retry-After"));
    return { status: response.status, data, retryAfter, token };
  } catch (error) {
    if (error instanceof TypeError || error.name === "AbortError") return { status: 0, data: {} };
    throw error;
  }
}

export function getJson(url) {
  return request(url, { method: "GET" });
}

export function postJson(url, body) {
  const headers = { "Content-Type": "application/json" };
  return request(url, { method: "POST", headers, body: JSON.stringify(body) });
}

function watchStall(xhr) {
  let timer;
  const touch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => xhr.abort(), STALLED);
  };
  xhr.upload.addEventListener("progress", touch);
  xhr.addEventListener("loadend", () => clearTimeout(timer));
  touch();
}

/** PUT the bytes; XMLHttpRequest because only it tells how much has gone out. */
export function putBytes(url, blob, onProgress) {
  return new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    const token = csrfToken();
    xhr.open("PUT", url);
    xhr.setRequestHeader("Content-Type", "application/octet-stream");
    xhr.setRequestHeader("X-CSRFToken", token);
    xhr.setRequestHeader("Accept", "application/json");
    xhr.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    xhr.addEventListener("loadend", () => {
      const retryAfter = xhr.status ? seconds(xhr.getResponseHeader("Retry-After")) : null;
      resolve({ status: xhr.status, data: parse(xhr.responseText), retryAfter, token });
    });
    watchStall(xhr);
    xhr.send(blob);
  });
}
