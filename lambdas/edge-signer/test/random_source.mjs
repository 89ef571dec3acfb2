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
		let text = "";
		for (let left = this.upTo(limit); left > 0; left--) text += this.pick(list);
		return text;
	}

	/** Exactly length of the alphabet's characters. */
	text(alphabet, length) {
		let text = "";
		while (text.length < length) text += this.pick(alphabet);
		return text;
	}

	bytes(length) {
		const words = new Uint32Array(Math.ceil(length / 4)).map(() => this.next() * 2 ** 32);
		return Buffer.from(words.buffer, 0, length);
	}
}
