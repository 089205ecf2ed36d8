// Writes numbers of the status JSON into the [data-count] places below `root`.
export function patchCounts(root, status) {
  const awaiting = status.items.filter((item) => item.state === "awaiting").length;
  const numbers = { ...status.progress, rejected: status.rejected_count, awaiting };
  for (const place of root.querySelectorAll("[data-count]")) {
    const text = String(numbers[place.dataset.count]);
    if (place.textContent !== text) place.textContent = text;
  }
  return numbers;
}
