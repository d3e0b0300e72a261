# table.awk - prints the table of `make bench`: awk -v whole=0 -f table.awk RECORD TARGETS OUTPUT
# RECORD is the last line of the history, TARGETS bench/targets, OUTPUT what the guest printed.
# whole: 0 if every figure should be there. Status 1: one is above what it must be, or missing.

# "name":number, of the one line of JSON.
FILENAME == ARGV[1] {
    while (match($0, /"[a-z0-9_]+":[0-9.]+/)) {
        split(substr($0, RSTART, RLENGTH), pair, "\":")
        last[substr(pair[1], 2)] = pair[2]
        $0 = substr($0, RSTART + RLENGTH)
    }
}

FILENAME == ARGV[2] && !/^#/ {
    names[++count] = $1
    must[$1] = $2
    aim[$1] = $3
    $1 = $2 = $3 = ""
    sub(/^ +/, "")
    peers[names[count]] = $0
}

FILENAME == ARGV[3] && /^bench [a-z0-9_]+ [0-9.]+ instructions$/ {
    figure[$2] = $3
    if (!($2 in must))
        others[++other_count] = $2
}

function value_of(name, from, halves)
{
    if (split(name, halves, "/") == 1)
        return name in from ? from[name] : ""
    return halves[1] in from && from[halves[2]] ? from[halves[1]] / from[halves[2]] : ""
}

function shown(value)
{
    return value == "" ? "-" : value == int(value) ? value : sprintf("%.3f", value)
}

function verdict(name, value)
{
    if (value == "")
        return whole ? "" : "MISSING"
    return value > must[name] ? "MISSED" : value > aim[name] ? "" : "aim"
}

# growth_WHAT_BESIDE_COUNT: beside so many it must cost what it costs beside one, within 2 %; where a
# deadline is set and others are pending, 15 instructions more for each tenfold.
function grows(name, value,  beside, first)
{
    beside = name
    if (!sub(/_[0-9]+$/, "", beside))
        return 0
    first = figure[beside "_1"]
    if (beside ~ /_deadline_deadlines$/)
        return value > first + 15 * (length(name) - length(beside) - 2)
    return value > first * 1.02 || value < first * 0.98
}

function row(name, value,  word)
{
    word = name in must ? verdict(name, value) : name ~ /^growth_/ && grows(name, value) ? "MISSED" : ""
    if (word == "MISSED" || word == "MISSING")
        failures++
    printf "%-42s %8s %8s %9s %9s  %-7s %s\n", name, must[name], aim[name], shown(value),
        shown(value_of(name, last)), word, peers[name]
}

END {
    printf "\n%-42s %8s %8s %9s %9s  %-7s %s\n", "name", "must", "aim", "this run", "last", "", "peers"
    for (i = 1; i <= count; i++)
        if (!whole || value_of(names[i], figure) != "")
            row(names[i], value_of(names[i], figure))
    for (i = 1; i <= other_count; i++)
        row(others[i], figure[others[i]])
    if (failures)
        print failures " of " count " are not what they must be" > "/dev/stderr"
    exit failures > 0
}
