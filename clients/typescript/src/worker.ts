import { solve } from "./proof_of_work.js";

// An error of a promise does not reach the page, so the page solves the challenge again.
onmessage = ({ data }) => {
  solve(data).then(postMessage, () => postMessage(null));
};
