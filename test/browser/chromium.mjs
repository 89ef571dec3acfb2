import { chromium } from "playwright-core";

// launch starts headless Chromium. Tests run as root in containers, where its sandbox and shared memory do not work.
export function launch(executablePath, ...more) {
	const args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", ...more];
	return chromium.launch({ executablePath, args });
}
