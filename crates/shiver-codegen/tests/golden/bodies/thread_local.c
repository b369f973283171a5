static _Thread_local int n;
int f(int i) { return n++ + i; }
//= refused: the thread-local variable "n" cannot be compiled into a loop; a local array of the body is as private
