// Runs simulations of @cloud-copilot/iam-simulate. Each line of stdin is one, as JSON. Each line of stdout is its
// result, in the same order: "Allowed", "ImplicitlyDenied", "ExplicitlyDenied", or an error.

import { createInterface } from "node:readline";
import { runSimulation } from "@cloud-copilot/iam-simulate";

for await (const line of createInterface({ input: process.stdin })) {
	let answer;
	try {
		const result = await runSimulation(JSON.parse(line), {});
		answer = result.resultType === "error" ? `error: ${JSON.stringify(result.errors)}` : result.overallResult;
		const ignored = result.result?.ignoredContextKeys ?? [];
		if (ignored.length > 0) answer = `error: ignored the keys ${ignored}`;
	} catch (error) {
		answer = `error: ${error.stack}`.replaceAll("\n", " ");
	}
	process.stdout.write(`${answer}\n`);
}
