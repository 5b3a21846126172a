// Reads a log that Gateway wrote with golang.org/x/mod/sumdb, an implementation of others: checkpoints, tiles, entries and proofs.
//
//	log-oracle VKEY FOLDER
//
// FOLDER holds checkpoint-SIZE (signed notes), tile/... of the largest one, and INDEX.tlog-proof beside INDEX.entry.
// Prints how many of each it verified; exit code 1 and one line at the first thing that does not hold.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func fail(format string, arguments ...interface{}) {
	fmt.Printf(format+"\n", arguments...)
	os.Exit(1)
}

func must(err error, what string) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

func read(path ...string) []byte {
	content, err := os.ReadFile(filepath.Join(path...))
	must(err, "read")
	return content
}

// tree verifies a note under the log's key and reads its three lines.
func tree(signed []byte, log note.Verifier) tlog.Tree {
	opened, err := note.Open(signed, note.VerifierList(log))
	must(err, "note")
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != log.Name() || lines[3] != "" {
		fail("not a checkpoint of %s: %q", log.Name(), opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "size")
	hash, err := tlog.ParseHash(lines[2])
	must(err, "root")
	return tlog.Tree{N: size, Hash: hash}
}

type tiles string

func (folder tiles) Height() int { return height }

func (folder tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// The paths of x/mod name the height; those of C2SP tlog-tiles do not.
func (folder tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		content, err := os.ReadFile(filepath.Join(string(folder), path))
		if err != nil {
			return nil, err
		}
		all = append(all, content)
	}
	return all, nil
}

func main() {
	if len(os.Args) != 3 {
		fail("usage: log-oracle VKEY FOLDER")
	}
	log, err := note.NewVerifier(os.Args[1])
	must(err, "key")
	folder := os.Args[2]

	names, err := filepath.Glob(filepath.Join(folder, "checkpoint-*"))
	must(err, "list")
	var trees []tlog.Tree
	for _, name := range names {
		trees = append(trees, tree(read(name), log))
	}
	sort.Slice(trees, func(i, j int) bool { return trees[i].N < trees[j].N })
	if len(trees) == 0 {
		fail("no checkpoint")
	}
	largest := trees[len(trees)-1]

	// Every leaf from the tiles, verified against the largest checkpoint, equals its entry.
	hashes := tlog.TileHashReader(largest, tiles(folder))
	var entries [][]byte
	for bundle := int64(0); bundle*256 < largest.N; bundle++ {
		width := largest.N - bundle*256
		path := fmt.Sprintf("%03d", bundle)
		if width < 256 {
			path += fmt.Sprintf(".p/%d", width)
		}
		rest := read(folder, "tile", "entries", path)
		for len(rest) > 0 {
			if len(rest) < 2 || len(rest) < 2+int(binary.BigEndian.Uint16(rest)) {
				fail("bundle %d is cut", bundle)
			}
			length := int(binary.BigEndian.Uint16(rest))
			entries = append(entries, rest[2:2+length])
			rest = rest[2+length:]
		}
	}
	if int64(len(entries)) != largest.N {
		fail("%d entries, and %d leaves", len(entries), largest.N)
	}
	for index, entry := range entries {
		stored, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))})
		must(err, "tile")
		if stored[0] != tlog.RecordHash(entry) {
			fail("entry %d is not the leaf", index)
		}
	}
	for _, older := range trees[:len(trees)-1] {
		proof, err := tlog.ProveTree(largest.N, older.N, hashes)
		must(err, "prove")
		must(tlog.CheckTree(proof, largest.N, largest.Hash, older.N, older.Hash), fmt.Sprintf("checkpoint %d", older.N))
	}

	proofs, err := filepath.Glob(filepath.Join(folder, "*.tlog-proof"))
	must(err, "list")
	for _, name := range proofs {
		check(name, read(name), read(strings.TrimSuffix(name, ".tlog-proof")+".entry"), log)
	}
	fmt.Printf("%d checkpoints, %d entries, %d proofs\n", len(trees), len(entries), len(proofs))
}

func check(name string, file, entry []byte, log note.Verifier) {
	split := bytes.Index(file, []byte("\n\n"))
	if split < 0 {
		fail("%s: not a proof", name)
	}
	under := tree(file[split+2:], log)
	lines := strings.Split(string(file[:split]), "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		fail("%s: not a proof", name)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	must(err, name)
	var path tlog.RecordProof
	for _, line := range lines[2:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		must(err, name)
		var hash tlog.Hash
		if copy(hash[:], raw) != tlog.HashSize || len(raw) != tlog.HashSize {
			fail("%s: a hash has %d bytes", name, len(raw))
		}
		path = append(path, hash)
	}
	must(tlog.CheckRecord(path, under.N, under.Hash, index, tlog.RecordHash(entry)), name)
}
