/**
 * A source of random values that a seed repeats (sfc32). Its period is far beyond ten million requests, and seeds lead
 * to different parts of it.
 */
export class Random {
	#a = 0;
	#b = 0;
	#c;
	#count = 1;

	constructor(seed) {
		this.#c = seed | 0;
		for (let n = 0; n < 12; n++) this.next(); // until the seed is in all of it
	}

	/** From 0 to below 1. */
	next() {
		const value = (this.#a + this.#b + this.#count) | 0;
		this.#count = (this.#count + 1) | 0;
		this.#a = this.#b ^ (this.#b >>> 9);
		this.#b = (this.#c + (this.#c << 3)) | 0;
		this.#c = (((this.#c << 21) | (this.#c >>> 11)) + value) | 0;
		return (value >>> 0) / 2 ** 32;
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
