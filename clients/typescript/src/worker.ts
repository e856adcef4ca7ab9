import { solve } from "./proof_of_work.js";

onmessage = async ({ data }) => {
  postMessage(await solve(data));
};
