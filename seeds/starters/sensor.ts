// looop: interval=300
// Prints one JSON object. Only a change of "signal" wakes the loop. What it may reach, the
// header names, as in allow-net=api.github.com: looop help sensors
console.log(JSON.stringify({ signal: "as it is", detail: {} }));
