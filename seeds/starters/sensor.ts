// looop: interval=300
// Prints one JSON object. Only a change of "signal" wakes the loop. The sensor has only the
// permissions in its header, such as allow-net=api.github.com: looop help sensors
console.log(JSON.stringify({ signal: "ok", detail: {} }));
