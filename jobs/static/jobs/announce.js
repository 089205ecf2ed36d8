// Says progress to screen readers sparingly: at each quarter, the first failure, and at turns.
export class Announcer {
  #place;
  #sentences;
  #quarter = null;
  #failed = null;

  constructor(place, sentences) {
    this.#place = place;
    this.#sentences = sentences;
  }

  say(name, numbers = {}) {
    this.#place.textContent = this.#sentences[name].replace(
      /\{(\w+)\}/g, (whole, key) => numbers[key] ?? whole,
    );
  }

  progress(numbers) {
    const quarter = Math.floor(numbers.percent / 25);
    const firstFailure = this.#failed === 0 && numbers.failed > 0;
    if (this.#quarter !== null && (quarter > this.#quarter || firstFailure)) {
      this.say("progress", numbers);
    }
    this.#quarter = quarter;
    this.#failed = numbers.failed;
  }
}
