(* Slopes: the rules of differentiation, one for each operation, in the form in which scripts use them. *)

From Coq Require Import Reals.
From Coquelicot Require Import Coquelicot.
From LstmProof Require Import Functions.
Open Scope R_scope.

Lemma slope_constant (c : R) {x : R} : is_derive (fun _ => c) x 0.
Proof. apply @is_derive_const. Qed.

Lemma slope_identity {x : R} : is_derive (fun y => y) x 1.
Proof. apply @is_derive_id. Qed.

(* s + e d has slope d. *)
Lemma slope_line (s d : R) : is_derive (fun e => s + e * d) 0 d.
Proof. auto_derive; [exact I|ring]. Qed.

Lemma slope_plus (f g : R -> R) {x : R} (a b : R) :
  is_derive f x a -> is_derive g x b -> is_derive (fun e => f e + g e) x (a + b).
Proof. intros A B. exact (is_derive_plus f g x a b A B). Qed.

Lemma slope_minus (f g : R -> R) {x : R} (a b : R) :
  is_derive f x a -> is_derive g x b -> is_derive (fun e => f e - g e) x (a - b).
Proof. intros A B. exact (is_derive_minus f g x a b A B). Qed.

Lemma slope_opposite (f : R -> R) {x : R} (a : R) : is_derive f x a -> is_derive (fun e => - f e) x (- a).
Proof. intros A. exact (is_derive_opp f x a A). Qed.

Lemma slope_times (f g : R -> R) {x : R} (a b : R) :
  is_derive f x a -> is_derive g x b -> is_derive (fun e => f e * g e) x (a * g x + f x * b).
Proof. intros A B. apply (is_derive_mult f g x a b A B). intros; apply Rmult_comm. Qed.

(* A divisor that does not vary; where it is 0, so is Coq's quotient. *)
Lemma slope_over (f : R -> R) (c : R) {x : R} (a : R) : is_derive f x a -> is_derive (fun e => f e / c) x (a / c).
Proof.
  intros A. apply (is_derive_eq _ _ (a * / c + f x * 0)); [|unfold Rdiv; ring].
  exact (slope_times f (fun _ => / c) a 0 A (slope_constant (/ c))).
Qed.

Lemma slope_power (f : R -> R) (n : nat) {x : R} (a : R) :
  is_derive f x a -> is_derive (fun e => f e ^ n) x (INR n * a * f x ^ pred n).
Proof. intros A. exact (is_derive_pow f n x a A). Qed.

(* The same with the exponent's number written out. *)
Lemma slope_natural_power (f : R -> R) (n : nat) {x : R} (a : R) :
  is_derive f x a -> is_derive (fun e => f e ^ n) x (IZR (Z.of_nat n) * a * f x ^ pred n).
Proof. rewrite <- INR_IZR_INZ. apply slope_power. Qed.

(* The chain rule: F has slope b at f x. *)
Lemma slope_through (F f : R -> R) {x : R} (a b : R) :
  is_derive f x a -> is_derive F (f x) b -> is_derive (fun e => F (f e)) x (b * a).
Proof.
  intros A B. apply (is_derive_eq _ _ (scal a b)); [exact (is_derive_comp F f x b a B A)|].
  unfold scal; simpl; unfold mult; simpl. apply Rmult_comm.
Qed.
