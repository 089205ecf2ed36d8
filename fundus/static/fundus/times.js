// Shows <time data-time> in the reader's own zone: "exact", or "relative" with the exact one on hover.
const EXACT = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
const STEPS = [["minute", 60], ["hour", 60], ["day", 24]];
const RELATIVE_DAYS = 7;

const language = document.documentElement.lang || undefined;
const exact = new Intl.DateTimeFormat(language, EXACT);
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

function ago(date) {
  let amount = (date.getTime() - Date.now()) / 1000;
  let unit = "second";
  for (const [next, size] of STEPS) {
    if (Math.abs(amount) < size) break;
    amount /= size;
    unit = next;
  }
  return unit === "day" && -amount > RELATIVE_DAYS ? null : relative.format(Math.round(amount), unit);
}

for (const time of document.querySelectorAll("time[data-time]")) {
  const date = new Date(time.dateTime);
  time.title = exact.format(date);
  time.textContent = (time.dataset.time === "relative" && ago(date)) || exact.format(date);
}
