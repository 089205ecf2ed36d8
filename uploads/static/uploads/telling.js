/* What in a file name looks like a patient's data: the twin of uploads/telling/names.py, which says
   why; both are tested with the same names. The words come from there. */

const PICTURE = /\.(jpe?g|jpe|jfif|png|tiff?|bmp|gif|webp|heic|dcm)$/i;
const SIDES = {
  OD: new Set(["od", "right", "rechts", "rechtes", "dexter"]),
  OS: new Set(["os", "left", "links", "linkes", "sinister"]),
  OU: new Set(["ou", "both", "beide", "beides"]),
};
const LETTERS = { R: "OD", RE: "OD", L: "OS", LE: "OS" };
const isBirthYear = (year) => year >= 1900 && year < 2000;
const isCaptureYear = (year) => year >= 2000 && year < 2100;

const MACHINE =
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<![0-9a-z])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,64}(?![0-9a-z])/gi;
const EMAIL = /[^\s@]+@[^\s@]+\.[a-z]{2,}/i;
const PHONES = [
  /\+[1-9](?:[ ().-]*\d){7,13}(?!\d)/,
  /(?<!\d)00[1-9]\d{1,2}[ .-](?:[ ().-]*\d){7,12}(?!\d)/,
  /(?<![\d-])\(?[2-9]\d{2}\)?[ .-][2-9]\d{2}[ .-]\d{4}(?![\d-])/,
  /(?<!\d)0[1-9](?:[ .-]\d\d){4}(?!\d)/,
  /(?<![\d-])0[1-9]\d{2,3}[ -]\d{6,8}(?![\d-])/,
  /(?<![a-z])(?:tel|phone|mobile|cell|handy|fax)[ ._:-]*\+?(?:[ ().-]*\d){6,}/i,
];
const RECORDS = [
  /(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)/,
  /(?<![0-9a-z])[a-z]{6}\d{2}[a-z]\d{2}[a-z]\d{3}[a-z](?![0-9a-z])/i,
  /(?<![a-z])(?:mrn|nhs|ssn|patid|patientid|patno|kvnr|nric|cpr|pesel|aadhaar|fallnr|hospno)[ ._:#-]*[a-z]{0,3}\d{3,}/i,
  /(?<![a-z])(?:patient|pat|pid|case|fall)[ ._:#-]*\d{5,}/i,
];
const BORN = /(?<![a-z])(?:dob|geb|geboren|born|birth\p{L}*|ddn)[ ._:*-]*\d/iu;
const DATES = [
  /(?<!\d)(?<year>\d{4})[-._ ](?<one>\d{1,2})[-._ ](?<two>\d{1,2})(?!\d)/g,
  /(?<!\d)(?<one>\d{1,2})[-._ ](?<two>\d{1,2})[-._ ](?<year>\d{4})(?!\d)/g,
];
const WRITTEN =
  /(?<!\d)\d{1,2}[-._ ]?(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zä]*[-._ ]?19\d\d(?!\d)/i;
const COUNTED = /(?:img|dsc|dscn|dscf|pxl|pict|cimg|imag|sam|scan|p)[-_]?$/i;
const BETWEEN_DATE_AND_TIME = /^[-_. T]?$/;
const WORDS = /\p{L}+(?:['’]\p{L}+)*/gu;
const APART = /^[^\p{L}\d]*$/u;
const TITLE = /(?<![a-z])(?:mr|mrs|miss|herr|frau|mme|mlle|señora?|signora?)[ ._-]+(\p{L}{3,})/iu;

const runsOf = (stem) => stem.match(/\d+/g) ?? [];

// --- Numbers

function isDay(year, month, day) {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isDate([year, one, two], wanted) {
  return wanted(year) && (isDay(year, one, two) || isDay(year, two, one));
}

function separated(stem) {
  return DATES.flatMap((pattern) =>
    [...stem.matchAll(pattern)].map(({ groups }) => [groups.year, groups.one, groups.two].map(Number)),
  );
}

/** The dates that eight digits may be. */
function compact(run) {
  if (run.length !== 8) return [];
  return [
    [run.slice(0, 4), run.slice(4, 6), run.slice(6)].map(Number),
    [run.slice(4), run.slice(0, 2), run.slice(2, 4)].map(Number),
  ];
}

function isBorn(stem) {
  if (BORN.test(stem) || WRITTEN.test(stem)) return true;
  const dates = [...separated(stem), ...runsOf(stem).flatMap(compact)];
  return dates.some((found) => isDate(found, isBirthYear));
}

function isTime(run) {
  const parts = [run.slice(0, 2), run.slice(2, 4), run.slice(4, 6)].map(Number);
  return [4, 6, 8, 9].includes(run.length) && parts[0] < 24 && parts[1] < 60 && parts[2] < 60;
}

/** A date, or a date with the time. */
function isMoment(run) {
  if (run.length === 8) {
    return compact(run).some((found) => isDate(found, isBirthYear) || isDate(found, isCaptureYear));
  }
  const whole = [12, 14, 17].includes(run.length) && isTime(run.slice(8));
  return whole && isDate(compact(run.slice(0, 8))[0], isCaptureYear);
}

/** Seconds or milliseconds since 1970. */
const isStamp = (run) => /^(?:1[4-8]\d{8}|1[4-8]\d{11})$/.test(run);

/** A run of digits too long to count pictures, and neither date nor time. */
function hasLongNumber(stem) {
  let afterDate = -1;
  for (const { 0: run, index } of stem.matchAll(/\d+/g)) {
    const near = afterDate >= 0 && BETWEEN_DATE_AND_TIME.test(stem.slice(afterDate, index));
    const dated = isMoment(run);
    afterDate = dated ? index + run.length : -1;
    if (dated || (near && isTime(run))) continue;
    const counted = run.length <= 8 && COUNTED.test(stem.slice(0, index));
    if (run.replace(/^0+/, "").length >= 7 && !counted && !isStamp(run)) return true;
  }
  return false;
}

// --- Words

/** [{word, start, end}]; AnnaSmith is two. */
function wordsOf(stem) {
  const words = [];
  for (const { 0: text, index } of stem.matchAll(WORDS)) {
    let at = index;
    for (const word of text.split(/(?<=\p{Ll})(?=\p{Lu})/u)) {
      words.push({ word, start: at, end: at + word.length });
      at += word.length;
    }
  }
  return words;
}

const isCapital = (word) => /^\p{Lu}/u.test(word);

function isPair(stem, one, two) {
  return (
    APART.test(stem.slice(one.end, two.start)) &&
    isCapital(one.word) &&
    isCapital(two.word) &&
    Math.max(one.word.length, two.word.length) > 3
  );
}

function isNumberedAndDated(stem) {
  const runs = runsOf(stem);
  const dated = runs.some(isMoment) || separated(stem).some((found) => isDate(found, isCaptureYear));
  const isYear = (run) => run.length === 4 && isCaptureYear(Number(run));
  const counts = (run) => run.length > 2 && !isMoment(run) && !isYear(run) && (run.length !== 6 || !isTime(run));
  return dated && runs.some(counts);
}

/** `words`: {neutral, first}, lists from the server. */
export class TellingNames {
  #counter = 0;

  constructor(words) {
    this.neutral = new Set(words.neutral);
    this.first = new Set(words.first);
  }

  /** "email", "phone", "record", "birth_date" or "person"; null where nothing is suspected. */
  reason(name) {
    const stem = name.normalize("NFKC").replace(PICTURE, "").replace(MACHINE, " ");
    if (EMAIL.test(stem)) return "email";
    if (PHONES.some((pattern) => pattern.test(stem))) return "phone";
    if (RECORDS.some((pattern) => pattern.test(stem)) || hasLongNumber(stem)) return "record";
    if (isBorn(stem)) return "birth_date";
    return this.#isPerson(stem) ? "person" : null;
  }

  /** A neutral name that no other file of this page has been given. */
  next(name) {
    this.#counter += 1;
    return neutralName(name, this.#counter);
  }

  #isPerson(stem) {
    const title = TITLE.exec(stem);
    if (title && !this.neutral.has(title[1].toLowerCase())) return true;
    const words = wordsOf(stem).filter(({ word }) => [...word].length > 1);
    if (words.some(({ word }) => this.first.has(word.toLowerCase()))) return true;
    const odd = words.filter(({ word }) => !this.neutral.has(word.toLowerCase()) && [...word].length > 2);
    if (odd.slice(1).some((two, n) => isPair(stem, odd[n], two))) return true;
    return odd.length > 0 && isNumberedAndDated(stem);
  }
}

function eyeOf(name) {
  const told = new Set();
  for (const { word } of wordsOf(name.replace(PICTURE, ""))) {
    if (LETTERS[word]) told.add(LETTERS[word]);
    for (const [eye, sides] of Object.entries(SIDES)) if (sides.has(word.toLowerCase())) told.add(eye);
  }
  return told.size === 1 ? [...told][0] : "";
}

/** image-0001.jpg, with the eye if the name tells one: image-0001_OD.jpg */
export function neutralName(name, n) {
  const eye = eyeOf(name);
  const kind = PICTURE.exec(name)?.[0].toLowerCase() ?? "";
  return `image-${String(n).padStart(4, "0")}${eye && `_${eye}`}${kind}`;
}
