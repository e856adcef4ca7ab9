import { solve } from "./proof_of_work.js";

// A rejected promise would not fire `onerror` in the page. After `null`, the page solves the challenge.
onmessage = ({ data }) => {
  solve(data).then(postMessage, () => postMessage(null));
};
