/* On pages for strangers: other tabs may still show what a session showed; they ask the server. */
if ("BroadcastChannel" in window) {
  new BroadcastChannel("fundus-session").postMessage({ what: "ended" });
}
