// A stand-in for the check at the start.
if (!process.env.KARET_SESSION_SECRET) {
  throw new Error("not set: KARET_SESSION_SECRET");
}
export const worker = process.env.WORKER_URL ?? "http://worker:8080";
