//! The faulty disk as a VFS of SQLite: what SQLite asks of an operating system, asked of a [`Volume`](super::Volume).
//!
//! The one file of the workspace with unsafe code, for SQLite is handed pointers. It translates and decides nothing:
//! what is lost, locked or failing is said in the safe files beside it. No call in it may panic into SQLite.

#![expect(unsafe_code, reason = "SQLite calls back through C; nothing else in the workspace does")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::Arc;

use rusqlite::ffi;

use super::locks::{Busy, Level};
use super::mounted::{Opening, Refusal, Shared};

/// The longest name of a file; those of a ledger are short.
const LONGEST: c_int = 512;

/// What SQLite is told of the disk's sectors: what it assumes of every disk of a Unix.
const SECTOR: c_int = 4_096;

/// A disk's VFS, registered with SQLite for as long as this lives.
#[derive(Debug)]
pub(super) struct Registered {
    vfs: *mut ffi::sqlite3_vfs,
    name: CString,
    /// Of an `Arc`: the disk that the VFS points to.
    shared: *const Shared,
}

// SAFETY: after `new` only SQLite reads or links what `vfs` points to, under a mutex of its own; `drop` has it alone.
// What it points to in turn is a `Mutex`.
unsafe impl Send for Registered {}
// SAFETY: as above: nothing is written through a shared reference.
unsafe impl Sync for Registered {}

/// A file as SQLite holds it: memory that SQLite has made and that it hands back with every call.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    /// Of a `Box`, from `x_open` to `x_close`.
    open: *mut Open,
}

/// What stands behind a file that SQLite has open.
struct Open {
    shared: Arc<Shared>,
    opening: Opening,
    read_only: bool,
}

impl Registered {
    /// Registers a disk under a name that is no other's while it lives.
    pub(super) fn new(shared: Arc<Shared>) -> Registered {
        let shared = Arc::into_raw(shared);
        let name = CString::new(format!("stopline-faulty-{:x}", shared.addr())).unwrap_or_default();
        let vfs = Box::new(ffi::sqlite3_vfs {
            iVersion: 2,
            szOsFile: c_int::try_from(size_of::<Handle>()).unwrap_or(c_int::MAX),
            mxPathname: LONGEST,
            pNext: ptr::null_mut(),
            zName: name.as_ptr(),
            pAppData: shared.cast_mut().cast(),
            xOpen: Some(x_open),
            xDelete: Some(x_delete),
            xAccess: Some(x_access),
            xFullPathname: Some(x_full_pathname),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(x_randomness),
            xSleep: Some(x_sleep),
            xCurrentTime: Some(x_current_time),
            xGetLastError: None,
            xCurrentTimeInt64: Some(x_current_time_int64),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        });
        let vfs = Box::into_raw(vfs);
        // SAFETY: `vfs` and the name and disk it points to live until `drop` has taken it off SQLite's list. Were it
        // refused, opening a connection would say that there is no such VFS.
        unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
        Registered { vfs, name, shared }
    }

    /// The name under which connections find it.
    pub(super) fn name(&self) -> &CStr {
        &self.name
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // SAFETY: `vfs` came out of a `Box` and `shared` out of an `Arc` in `new`, and off SQLite's list nobody finds them
        // any more. Who has a connection keeps the `Volume`, and so this, for longer: see `SqliteLog` and `Reader`.
        unsafe {
            ffi::sqlite3_vfs_unregister(self.vfs);
            drop(Box::from_raw(self.vfs));
            drop(Arc::from_raw(self.shared));
        }
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(x_close),
    xRead: Some(x_read),
    xWrite: Some(x_write),
    xTruncate: Some(x_truncate),
    xSync: Some(x_sync),
    xFileSize: Some(x_file_size),
    xLock: Some(x_lock),
    xUnlock: Some(x_unlock),
    xCheckReservedLock: Some(x_check_reserved_lock),
    xFileControl: Some(x_file_control),
    xSectorSize: Some(x_sector_size),
    xDeviceCharacteristics: Some(x_device_characteristics),
    xShmMap: Some(x_shm_map),
    xShmLock: Some(x_shm_lock),
    xShmBarrier: Some(x_shm_barrier),
    xShmUnmap: Some(x_shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The disk of a VFS.
///
/// # Safety
///
/// `vfs` is one that [`Registered::new`] made and that is still registered.
unsafe fn disk_of<'a>(vfs: *mut ffi::sqlite3_vfs) -> &'a Shared {
    // SAFETY: as the caller promises: then `pAppData` is the disk that its `Registered` keeps alive.
    unsafe { &*(*vfs).pAppData.cast::<Shared>() }
}

/// What stands behind a file.
///
/// # Safety
///
/// `file` was opened by [`x_open`] with success and is not closed yet.
unsafe fn open_of<'a>(file: *mut ffi::sqlite3_file) -> &'a Open {
    // SAFETY: as the caller promises: then `open` is the `Box` of `x_open`.
    unsafe { &*(*file.cast::<Handle>()).open }
}

/// A name that SQLite hands over; `None` for a file without one.
///
/// # Safety
///
/// `name` is null or ends in a zero byte and lives as long as the call.
unsafe fn name_of<'a>(name: *const c_char) -> Option<&'a str> {
    if name.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(name) }.to_str().ok()
}

/// The code of SQLite that says the same.
fn code(done: Result<(), Refusal>) -> c_int {
    match done {
        Ok(()) => ffi::SQLITE_OK,
        Err(Refusal::Missing) => ffi::SQLITE_CANTOPEN,
        Err(Refusal::Read) => ffi::SQLITE_IOERR_READ,
        Err(Refusal::Short(_)) => ffi::SQLITE_IOERR_SHORT_READ,
        Err(Refusal::Write) => ffi::SQLITE_IOERR_WRITE,
        Err(Refusal::Full) => ffi::SQLITE_FULL,
        Err(Refusal::Sync) => ffi::SQLITE_IOERR_FSYNC,
        Err(Refusal::Gone) => ffi::SQLITE_IOERR,
    }
}

fn busy(done: Result<(), Busy>) -> c_int {
    done.map_or(ffi::SQLITE_BUSY, |()| ffi::SQLITE_OK)
}

/// SQLite never asks for a place before the beginning of a file.
fn place(at: ffi::sqlite3_int64) -> u64 {
    u64::try_from(at).unwrap_or(0)
}

unsafe extern "C" fn x_open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls with a VFS of ours, and with a name of its own or none.
    let (disk, name) = unsafe { (disk_of(vfs), name_of(name)) };
    let handle = file.cast::<Handle>();
    // SAFETY: SQLite has made `szOsFile` bytes at `file`, which is room for a `Handle`. Without methods it is not closed.
    unsafe { (*handle).base.pMethods = ptr::null() };
    let mut mounted = disk.lock();
    let make = flags & (ffi::SQLITE_OPEN_CREATE | ffi::SQLITE_OPEN_DELETEONCLOSE) != 0;
    let opening = match mounted.open(name, make) {
        Ok(opening) => opening,
        Err(why) => return code(Err(why)),
    };
    if flags & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL) != 0 {
        mounted.name_with_first_sync(opening.file);
    }
    drop(mounted);
    let read_only = flags & ffi::SQLITE_OPEN_READONLY != 0;
    // SAFETY: `pAppData` came out of an `Arc` that `Registered` still holds: one more of it is taken here.
    let shared = unsafe {
        let shared = (*vfs).pAppData.cast_const().cast::<Shared>();
        Arc::increment_strong_count(shared);
        Arc::from_raw(shared)
    };
    let open = Box::into_raw(Box::new(Open { shared, opening, read_only }));
    // SAFETY: `handle` as above; `out_flags` is null or SQLite's to be written.
    unsafe {
        (*handle).open = open;
        (*handle).base.pMethods = &raw const METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_close(file: *mut ffi::sqlite3_file) -> c_int {
    let handle = file.cast::<Handle>();
    // SAFETY: SQLite closes what `x_open` opened, once: the `Box` is taken back and the methods are gone.
    let open = unsafe {
        (*handle).base.pMethods = ptr::null();
        Box::from_raw((*handle).open)
    };
    open.shared.lock().leave(open.opening);
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    len: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    let len = usize::try_from(len).unwrap_or(0);
    // SAFETY: an open file, and `len` bytes of SQLite's own at `into` that nobody else uses during the call. They may
    // never have been written; they are only written here.
    let (open, into) = unsafe {
        ptr::write_bytes(into.cast::<u8>(), 0, len);
        (open_of(file), std::slice::from_raw_parts_mut(into.cast::<u8>(), len))
    };
    code(open.shared.lock().read(open.opening.file, place(at), into))
}

unsafe extern "C" fn x_write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    len: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    let len = usize::try_from(len).unwrap_or(0);
    // SAFETY: an open file, and `len` bytes of SQLite's own at `from` that nobody writes during the call.
    let (open, from) = unsafe { (open_of(file), std::slice::from_raw_parts(from.cast::<u8>(), len)) };
    code(open.shared.lock().write(open.opening.file, place(at), from))
}

unsafe extern "C" fn x_truncate(file: *mut ffi::sqlite3_file, len: ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let open = unsafe { open_of(file) };
    code(open.shared.lock().cut(open.opening.file, place(len)))
}

unsafe extern "C" fn x_sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: an open file.
    let open = unsafe { open_of(file) };
    code(open.shared.lock().sync(open.opening.file))
}

unsafe extern "C" fn x_file_size(file: *mut ffi::sqlite3_file, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file, and a number of SQLite's to be written.
    let (open, out) = unsafe { (open_of(file), &mut *out) };
    let len = open.shared.lock().len(open.opening.file);
    code(len.map(|len| *out = ffi::sqlite3_int64::try_from(len).unwrap_or(0)))
}

unsafe extern "C" fn x_lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let open = unsafe { open_of(file) };
    let level = match level {
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        ffi::SQLITE_LOCK_PENDING => Level::Pending,
        ffi::SQLITE_LOCK_EXCLUSIVE => Level::Exclusive,
        _ => return ffi::SQLITE_OK,
    };
    // A Unix locks nothing for writing through a file that was opened for reading; SQLite counts on being stopped so.
    if open.read_only && level > Level::Shared {
        return ffi::SQLITE_IOERR_LOCK;
    }
    busy(open.shared.lock().locks(open.opening.file).lock(open.opening.owner, level))
}

unsafe extern "C" fn x_unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let open = unsafe { open_of(file) };
    let to = (level == ffi::SQLITE_LOCK_SHARED).then_some(Level::Shared);
    open.shared.lock().locks(open.opening.file).unlock(open.opening.owner, to);
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: an open file, and a number of SQLite's to be written.
    let (open, out) = unsafe { (open_of(file), &mut *out) };
    *out = c_int::from(open.shared.lock().locks(open.opening.file).is_reserved());
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn x_sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    SECTOR
}

/// What SQLite assumes of every disk of a Unix: a write that is cut short hurts nothing beside it.
unsafe extern "C" fn x_device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn x_shm_map(
    file: *mut ffi::sqlite3_file,
    at: c_int,
    len: c_int,
    make: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: an open file, and a pointer of SQLite's to be written.
    let (open, out) = unsafe { (open_of(file), &mut *out) };
    let (at, len) = (usize::try_from(at).unwrap_or(0), usize::try_from(len).unwrap_or(0));
    let words = len.div_ceil(size_of::<u64>());
    let region = open.shared.lock().map(open.opening, at, words, make != 0);
    // The volume keeps the region until the last connection has unmapped it, so it outlives this copy.
    *out = region.map_or(ptr::null_mut(), |region| Arc::as_ptr(&region).cast_mut().cast());
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_shm_lock(file: *mut ffi::sqlite3_file, from: c_int, n: c_int, flags: c_int) -> c_int {
    // SAFETY: an open file.
    let open = unsafe { open_of(file) };
    let slots = (from..from.saturating_add(n))
        .fold(0, |slots, slot| slots | 1_u8.checked_shl(slot.unsigned_abs()).unwrap_or(0));
    let mut mounted = open.shared.lock();
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        mounted.locks(open.opening.file).unlock_slots(open.opening.owner, slots);
        return ffi::SQLITE_OK;
    }
    busy(mounted.lock_slots(open.opening, slots, flags & ffi::SQLITE_SHM_EXCLUSIVE != 0))
}

unsafe extern "C" fn x_shm_barrier(_: *mut ffi::sqlite3_file) {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

unsafe extern "C" fn x_shm_unmap(file: *mut ffi::sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: an open file.
    let open = unsafe { open_of(file) };
    open.shared.lock().unmap(open.opening);
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: SQLite calls with a VFS of ours and a name of its own.
    let (disk, name) = unsafe { (disk_of(vfs), name_of(name)) };
    let mut mounted = disk.lock();
    let removed = mounted.remove(name.unwrap_or_default());
    match removed.and_then(|()| if sync == 0 { Ok(()) } else { mounted.sync_names() }) {
        Err(Refusal::Missing) => ffi::SQLITE_IOERR_DELETE_NOENT,
        done => code(done),
    }
}

unsafe extern "C" fn x_access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls with a VFS of ours, a name of its own and a number to be written.
    let (disk, name, out) = unsafe { (disk_of(vfs), name_of(name), &mut *out) };
    code(disk.lock().holds(name.unwrap_or_default()).map(|there| *out = c_int::from(there)))
}

unsafe extern "C" fn x_full_pathname(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: a name of SQLite's.
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if usize::try_from(room).unwrap_or(0) < bytes.len() {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: SQLite has made `room` bytes at `out`, apart from the name, and they are enough.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
    ffi::SQLITE_OK
}

/// Never called: SQLite takes chance from the VFS that is its default.
unsafe extern "C" fn x_randomness(_: *mut ffi::sqlite3_vfs, _len: c_int, _out: *mut c_char) -> c_int {
    0
}

/// Nobody sleeps in virtual time: what was busy is busy again at once, until SQLite gives up.
unsafe extern "C" fn x_sleep(_: *mut ffi::sqlite3_vfs, micros: c_int) -> c_int {
    micros
}

/// Time stands still.
unsafe extern "C" fn x_current_time(_: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: a number of SQLite's to be written.
    unsafe { *out = 0.0 };
    ffi::SQLITE_OK
}

/// Time stands still.
unsafe extern "C" fn x_current_time_int64(_: *mut ffi::sqlite3_vfs, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: a number of SQLite's to be written.
    unsafe { *out = 0 };
    ffi::SQLITE_OK
}
