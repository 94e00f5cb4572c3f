/** What looking after workers needs, to be loaded in one go once there are some. */
export { closeWorkerAsks } from "../humans/close_worker_asks.ts";
export { listWorkers } from "./list_workers.ts";
export { meterWorker } from "./meter_worker.ts";
export { KEPT_DAYS, pruneWorkers } from "./prune_workers.ts";
export { reapClaims } from "./reap_claims.ts";
export { settleWorkers } from "./settle_workers.ts";
export { stopTooDear } from "./stop_too_dear.ts";
