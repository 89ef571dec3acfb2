const rounds = 30;

/**
 * Runs contenders in turns, so that the machine's other work hits all alike.
 *
 * Only run is timed, each time on another input. Times are in µs a call. They are the mean of the best round, and
 * quantiles of single calls.
 *
 * @param {Record<string, {input: () => unknown, run: (input: unknown) => unknown}>} contenders
 * @param {number} calls of each in a round, few enough that their inputs are no work for the garbage collector
 * @returns {Promise<Record<string, {best: number, p50: number, p99: number}>>}
 */
export async function measure(contenders, calls) {
	const results = Object.entries(contenders).map(([name, contender]) => ({
		name,
		contender,
		best: Infinity,
		singles: [],
	}));
	for (let round = 0; round < rounds; round++) {
		for (const result of results) {
			const { input, run } = result.contender;
			globalThis.gc?.(); // the others' garbage
			for (let part = 0; part < 10; part++) {
				result.best = Math.min(result.best, await timeAll(Array.from({ length: calls }, input), run));
			}
			// Timing each call takes time, so it is done apart. The first rounds are the compiler's.
			if (round < rounds / 2) continue;
			for (let call = 0; call < calls; call++) result.singles.push(await timeAll([input()], run));
		}
	}
	return Object.fromEntries(results.map(({ name, best, singles }) => [name, { best, ...quantiles(singles) }]));
}

async function timeAll(inputs, run) {
	const start = process.hrtime.bigint();
	for (const input of inputs) await run(input);
	return Number(process.hrtime.bigint() - start) / 1000 / inputs.length;
}

function quantiles(times) {
	times.sort((a, b) => a - b);
	const at = (quantile) => times[Math.floor(times.length * quantile)];
	return { p50: at(0.5), p99: at(0.99) };
}
