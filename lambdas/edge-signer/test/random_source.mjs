/** A source of random values that a seed repeats (mulberry32). */
export class Random {
	#state;

	constructor(seed) {
		this.#state = seed >>> 0;
	}

	/** From 0 to below 1. */
	next() {
		this.#state = (this.#state + 0x6d2b79f5) | 0;
		let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	}

	/** From 0 to below limit. */
	upTo(limit) {
		return Math.floor(this.next() * limit);
	}

	chance(probability) {
		return this.next() < probability;
	}

	pick(list) {
		return list[this.upTo(list.length)];
	}

	/** A few of the list's strings, joined; fewer than limit. */
	parts(list, limit) {
		return Array.from({ length: this.upTo(limit) }, () => this.pick(list)).join("");
	}

	/** Exactly length of the alphabet's characters. */
	text(alphabet, length) {
		return Array.from({ length }, () => this.pick(alphabet)).join("");
	}

	bytes(length) {
		return Buffer.from(Array.from({ length }, () => this.upTo(256)));
	}
}
