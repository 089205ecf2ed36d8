/* Saving: what the server refuses is said in place, and nothing is lost. */
import { csrfToken } from "./api.js";

/** {kind: saved|edited|refused|signed_out|lost, data}. */
export async function save(form, recipe) {
  const seen = form.elements.seen.value;
  let response;
  try {
    response = await fetch(form.getAttribute("action"), {
      method: "POST",
      body: new URLSearchParams({ action: "save", recipe, seen }),
      headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
      credentials: "same-origin",
      redirect: "manual", // to the sign-in page
    });
  } catch {
    return { kind: "lost", data: {} };
  }
  const data = await response.json().catch(() => ({}));
  return { kind: kindOf(response, data), data };
}

function kindOf(response, data) {
  if (response.type === "opaqueredirect" || response.status === 401) return "signed_out";
  if (response.status === 202) return "saved";
  if (data.code === "edited") return "edited";
  if (data.error) return "refused";
  if (response.status === 413) return "too_much";
  return response.status >= 500 || response.status === 429 ? "lost" : "gone";
}
