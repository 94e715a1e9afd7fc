package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// user is a row of the users table.
type user struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Email   string `json:"email"`
	version int64  // counts the changes, for the ETag
}

// demoUsers is how many users a new database has. User i has the address
// demoEmail(i).
const demoUsers = 500

func demoEmail(id int64) string { return fmt.Sprintf("user%d@example.com", id) }

var demoNames = []string{"Ada", "Barbara", "Claude", "Donald", "Edsger", "Frances", "Grace", "Hedy", "Ivan", "Joan", "Karen", "Leslie"}

// store keeps the users in an SQLite file. It opens the file for each operation, so
// that an operation fails when the file is gone; a connection that stays open would
// go on with the deleted file, and nobody would notice until the next start.
type store struct{ db *sql.DB }

const schema = `CREATE TABLE IF NOT EXISTS users (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL,
	email TEXT NOT NULL UNIQUE,
	version INTEGER NOT NULL DEFAULT 1
)`

// openStore opens the database at path, and makes it where it is absent.
func openStore(ctx context.Context, path string) (*store, error) {
	if err := makeDatabase(ctx, path); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db, err := openDB(path, "rw") // never rwc: SQLite would put an empty database in the place of a lost one
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return &store{db}, nil
}

// openDB opens no file yet; each operation does. A crash may lose the last writes,
// which a demo can afford and which spares it waiting for the disk.
func openDB(path, mode string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(abs), "/")}
	u.RawQuery = url.Values{
		"mode":      {mode},
		"_pragma":   {"busy_timeout(5000)", "synchronous(OFF)"},
		"_error_rc": {"1"}, // else a file that cannot be opened is reported as "out of memory"
	}.Encode()
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxIdleConns(0)
	return db, nil
}

func makeDatabase(ctx context.Context, path string) error {
	db, err := openDB(path, "rwc")
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return err
	}
	var users int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM users`).Scan(&users); err != nil || users > 0 {
		return err
	}
	demo := make([]*user, demoUsers)
	for i := range demo {
		demo[i] = &user{Name: demoNames[i%len(demoNames)], Email: demoEmail(int64(i + 1))}
	}
	return (&store{db}).insertAll(ctx, demo)
}

func (s *store) close() error { return s.db.Close() }

// list returns up to limit users with an id above after.
func (s *store) list(ctx context.Context, after int64, limit int) ([]user, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, name, email, version FROM users WHERE id > ? ORDER BY id LIMIT ?`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	defer rows.Close()
	users := []user{}
	for rows.Next() {
		var u user
		if err := rows.Scan(&u.ID, &u.Name, &u.Email, &u.version); err != nil {
			return nil, fmt.Errorf("list users: %w", err)
		}
		users = append(users, u)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return users, nil
}

func (s *store) find(ctx context.Context, id int64) (u user, err error) {
	row := s.db.QueryRowContext(ctx, `SELECT id, name, email, version FROM users WHERE id = ?`, id)
	if err := row.Scan(&u.ID, &u.Name, &u.Email, &u.version); err != nil {
		return u, storeError("find user", err)
	}
	return u, nil
}

// insert adds u and sets its ID.
func (s *store) insert(ctx context.Context, u *user) error {
	res, err := s.db.ExecContext(ctx, `INSERT INTO users (name, email) VALUES (?, ?)`, u.Name, u.Email)
	if err != nil {
		return storeError("create user", err)
	}
	u.ID, err = res.LastInsertId()
	return err
}

// insertAll adds users, all or none; those whose address is taken are left out.
func (s *store) insertAll(ctx context.Context, users []*user) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return storeError("import users", err)
	}
	defer tx.Rollback() // nothing, once committed
	for _, u := range users {
		if _, err := tx.ExecContext(ctx, `INSERT INTO users (name, email) VALUES (?, ?) ON CONFLICT (email) DO NOTHING`, u.Name, u.Email); err != nil {
			return storeError("import users", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return storeError("import users", err)
	}
	return nil
}

// update changes the user with u's ID.
func (s *store) update(ctx context.Context, u user) error {
	res, err := s.db.ExecContext(ctx, `UPDATE users SET name = ?, email = ?, version = version + 1 WHERE id = ?`, u.Name, u.Email, u.ID)
	return changedOne("update user", res, err)
}

func (s *store) delete(ctx context.Context, id int64) error {
	res, err := s.db.ExecContext(ctx, `DELETE FROM users WHERE id = ?`, id)
	return changedOne("delete user", res, err)
}

// changedOne is the error of a statement that changes the one row with an id.
func changedOne(doing string, res sql.Result, err error) error {
	if err != nil {
		return storeError(doing, err)
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		err = errNoUser
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// storeError says what was being done, and tells the errors that are the client's
// apart from those that are the database's.
func storeError(doing string, err error) error {
	var e *sqlite.Error
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = errNoUser
	case errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE:
		err = errDuplicate
	}
	return fmt.Errorf("%s: %w", doing, err)
}
